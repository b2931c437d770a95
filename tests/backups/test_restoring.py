"""What was backed up comes back: every row, every file, into an empty desk and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.backups.comparing import SCHEMA, differences, everything, files_of
from tests.backups.conftest import Archives, Place

pytestmark = [pytest.mark.xdist_group("backups"), pytest.mark.timeout(900)]

# Some migrations back: what a desk of a while ago was.
OLDER = (("tickets", "0012"), ("backups", "zero"))


def test_an_encrypted_archive_comes_back_row_for_row_and_file_for_file(
    archives: Archives, place: Callable[..., Place]
) -> None:
    # An ordinary user who owns the database, as on a server of one's own.
    desk = place(owner="backups_desk")
    said = desk.well("restore", str(archives.encrypted), "--identity", str(archives.identity))
    assert "401 tickets replayed, 0 differ from their timeline." in said
    before, after = everything(archives.desk.url), everything(desk.url)
    assert differences(before, after) == {}
    assert sum(before["rows of tickets_ticketentry"].values()) > 1000
    assert files_of(archives.desk.data_dir) == files_of(desk.data_dir) != {}
    # It is a desk like any other now: not empty, and up to date.
    again = desk.run("restore", str(archives.plain))
    assert again.returncode == 2 and "This database is not empty: it has people, tickets or mails." in again.stderr
    assert differences(before, everything(desk.url)) == {}
    desk.well("migrate")


def test_a_restore_that_was_killed_says_so_and_is_started_again(
    archives: Archives, place: Callable[..., Place]
) -> None:
    desk = place()
    for where in ("restore:tables", "restore:chunk:40", "restore:rows", "restore:migrated"):
        killed = desk.run("restore", str(archives.plain), ENTRAIDE_CRASH_AT=where)
        assert killed.returncode == -9, (where, killed.stdout, killed.stderr)
        refused = desk.run("migrate")
        assert refused.returncode == 2 and "did not end: run `entraide restore` with it again." in refused.stderr, where
        people = desk.ask("SELECT count(*) FROM people_person")[0][0]
        assert people == (121 if where in ("restore:rows", "restore:migrated") else 0), where
        doctor = desk.run("doctor")
        assert doctor.returncode == 1 and "A restore has begun and did not end" in doctor.stdout, where
    other = desk.run("restore", str(archives.encrypted), "--identity", str(archives.identity))
    assert other.returncode == 2 and "finish that one" in other.stderr
    desk.well("restore", str(archives.plain))
    assert differences(everything(archives.desk.url), everything(desk.url)) == {}
    assert files_of(archives.desk.data_dir) == files_of(desk.data_dir)


def test_a_desk_with_another_secret_key_is_told_before_anything_is_touched(
    archives: Archives, place: Callable[..., Place]
) -> None:
    desk = place(key="another key")
    refused = desk.run("restore", str(archives.plain))
    assert refused.returncode == 2
    assert "The desk of this archive had another secret key" in refused.stderr
    assert desk.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_database_of_something_else_is_left_alone(archives: Archives, place: Callable[..., Place]) -> None:
    desk = place()
    desk.ask("CREATE TABLE invoices (id int)")
    refused = desk.run("restore", str(archives.plain))
    assert refused.returncode == 2 and "it has tables of something else" in refused.stderr


def test_a_user_from_whom_rows_are_hidden_makes_no_backup(archives: Archives, place: Callable[..., Place]) -> None:
    place(owner="backups_walled")
    walled = place(like=archives.desk)
    walled.ask("ALTER TABLE people_person ENABLE ROW LEVEL SECURITY")
    for what in ("TABLES", "SEQUENCES"):
        walled.ask(f"GRANT SELECT ON ALL {what} IN SCHEMA public TO backups_walled")
    folder = walled.data_dir / "out"
    hidden = Place(walled.url.replace("postgres@", "backups_walled@"), walled.data_dir)
    refused = hidden.run("backup", "--to", str(folder))
    assert refused.returncode == 2 and "a backup needs a user who sees all rows" in refused.stderr
    assert list(folder.iterdir()) == []


def test_an_older_desk_is_brought_up_to_date_in_its_place_and_from_its_archive(
    archives: Archives, place: Callable[..., Place]
) -> None:
    older, fresh = place(like=archives.desk), place()
    shutil.copytree(archives.desk.data_dir / "files", older.data_dir / "files")
    # Some migrations back, with the rows that were there then.
    for app, name in OLDER:
        older.well("manage", "migrate", app, name)
    older.well("backup", "--to", str(older.data_dir / "out"))
    [archive] = (older.data_dir / "out").iterdir()
    assert " would run." in older.run("migrate", "--check").stdout
    older.well("migrate")
    assert "401 tickets replayed, 0 differ" in older.well("sla", "replay", "--check")
    assert "401 tickets replayed, 0 differ" in fresh.well("restore", str(archive))
    # Both ways lead to the same desk, with the tables of today. When something was added is not the same, of course.
    one, other = everything(older.url), everything(fresh.url)
    one.pop("rows of django_migrations"), other.pop("rows of django_migrations")
    assert differences(one, other) == {}
    today = everything(archives.desk.url)
    for name in ("rows of people_person", "rows of tickets_ticketentry", *SCHEMA.keys() - {"sequences"}):
        assert not differences({name: today[name]}, {name: other[name]}), name
    assert files_of(fresh.data_dir) == files_of(older.data_dir)
