"""The embedded PostgreSQL: found, started, shared, stopped by the last one, and never in anybody's way."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from entraide.config.database import EmbeddedDatabase, wait_until_reachable
from entraide.config.passage import let_pass, service_user
from entraide.core.trouble import Trouble
from tests.runtime.desk import free_port, left_of

HOLD = """
import sys
from pathlib import Path
from entraide.config.database import EmbeddedDatabase
database = EmbeddedDatabase(Path(sys.argv[1]))
print(database.acquire(), flush=True)
sys.stdin.read()
database.release()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder whose database was made already."""
    made = Path(tempfile.mkdtemp(prefix="entraide-desk-"))
    database = EmbeddedDatabase(made)
    database.acquire()
    database.release()
    yield made
    EmbeddedDatabase(made).stop()
    shutil.rmtree(made)


@pytest.fixture
def database(folder: Path) -> Iterator[EmbeddedDatabase]:
    found = EmbeddedDatabase(folder)
    yield found
    found.release()


def test_data_survives_from_one_start_to_the_next(database: EmbeddedDatabase) -> None:
    with psycopg.connect(database.acquire()) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 'Zoé'::text AS who")
    database.release()
    assert left_of(database.folder) == []
    with psycopg.connect(database.acquire()) as connection:
        assert connection.execute("SELECT who FROM kept").fetchall() == [("Zoé",)]


def test_the_database_is_utf8_durable_and_only_on_this_machine(database: EmbeddedDatabase) -> None:
    with psycopg.connect(database.acquire()) as connection:
        asked = (
            "SELECT current_setting('server_encoding'), current_setting('fsync'), current_setting('listen_addresses')"
        )
        assert connection.execute(asked).fetchone() == ("UTF8", "on", "127.0.0.1")


def test_every_extension_that_entraide_uses_is_there(database: EmbeddedDatabase) -> None:
    with psycopg.connect(database.acquire()) as connection:
        found = {row[0] for row in connection.execute("SELECT name FROM pg_available_extensions").fetchall()}
    assert found >= {"pg_trgm", "unaccent", "vector", "btree_gist", "citext"}


def test_another_user_of_this_machine_does_not_get_in(database: EmbeddedDatabase) -> None:
    address = database.acquire()
    password = database.data_dir / "postgres.password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    guess = address.replace(password.read_text().strip(), "entraide")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(guess)


def test_two_commands_at_once_get_the_same_database_and_the_last_one_stops_it(folder: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(folder)]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _command in range(2)
    ]
    addresses = {each.stdout.readline().strip() for each in both if each.stdout}
    assert len(addresses) == 1
    both[0].communicate(timeout=30)
    wait_until_reachable(addresses.pop(), seconds=0)
    both[1].communicate(timeout=30)
    assert [each.returncode for each in both] == [0, 0]
    assert left_of(folder / "postgres") == []


def test_a_database_whose_last_user_was_killed_is_found_again_and_stopped(folder: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert killed.stdout is not None
    address = killed.stdout.readline().decode().strip()
    killed.kill()
    killed.communicate(timeout=30)
    database = EmbeddedDatabase(folder)
    assert database.acquire() == address
    database.release()
    assert left_of(folder / "postgres") == []


def test_a_killed_database_comes_back_where_it_was(database: EmbeddedDatabase) -> None:
    address = database.acquire()
    os.kill(_pid(database), signal.SIGKILL)
    _until(lambda: database.revive())
    wait_until_reachable(address, seconds=10)
    assert not database.revive()


def test_a_process_number_left_by_a_crash_may_be_anybodys(database: EmbeddedDatabase) -> None:
    database.acquire()
    pid_file = database.folder / "postmaster.pid"
    left_behind = pid_file.read_text()
    database.release()
    # After a restart of a container the old number is often another program's: this one's, here.
    pid_file.write_text(f"{os.getpid()}\n" + left_behind.partition("\n")[2])
    database._give_to_owner(pid_file)
    wait_until_reachable(database.acquire(), seconds=0)


def test_a_new_data_folder_is_closed_to_others(data_dir: Path) -> None:
    database = EmbeddedDatabase(data_dir / "var")
    wait_until_reachable(database.acquire(), seconds=0)
    database.release()
    assert stat.S_IMODE((data_dir / "var").stat().st_mode) & 0o007 == 0


def test_half_a_cluster_is_not_taken_for_a_whole_one(data_dir: Path) -> None:
    unfinished = data_dir / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    (data_dir / "postgres.password").write_text("")
    database = EmbeddedDatabase(data_dir)
    wait_until_reachable(database.acquire(), seconds=0)
    database.release()


def test_data_of_another_postgresql_is_left_alone(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Trouble, match=r"written by PostgreSQL 17, and this Entraide brings 18: back it up"):
        EmbeddedDatabase(data_dir).acquire()


def test_an_address_where_nothing_answers_is_given_up_after_the_time_allowed() -> None:
    began = time.monotonic()
    with pytest.raises(Trouble, match=r"DATABASE_URL cannot be reached: .*refused"):
        wait_until_reachable(f"postgresql://entraide@127.0.0.1:{free_port()}/entraide", seconds=0.5)
    assert time.monotonic() - began < 5


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root needs another user for the database.")
def test_as_root_the_folders_above_open_for_the_database_and_for_nobody_else(data_dir: Path) -> None:
    home = data_dir / "root"
    home.mkdir(mode=0o700)
    inside = home / "desk"
    inside.mkdir(mode=0o700)
    service = service_user().pw_uid
    let_pass(inside, service)
    let_pass(inside, service)
    (inside / "note").write_text("x")
    (inside / "note").chmod(0o644)
    assert _can_read(inside / "note", service)
    assert not _can_read(inside / "note", 65534)
    assert not _can_list(home, service)


def _can_read(path: Path, uid: int) -> bool:
    return (
        subprocess.run(["cat", str(path)], user=uid, group=65534, extra_groups=[], capture_output=True).returncode == 0
    )


def _can_list(path: Path, uid: int) -> bool:
    return (
        subprocess.run(["ls", str(path)], user=uid, group=65534, extra_groups=[], capture_output=True).returncode == 0
    )


def _pid(database: EmbeddedDatabase) -> int:
    return int((database.folder / "postmaster.pid").read_text().split()[0])


def _until(happens: object) -> None:
    """Call until it is true: a killed database takes a moment to be gone, and its backends another."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(Trouble):
            if happens():  # type: ignore[operator]
                return
        time.sleep(0.02)
    raise AssertionError("It never happened.")
