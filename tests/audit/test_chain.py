"""The chain: nothing in it can be changed, taken out, put in or exchanged without being found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction

from entraide.audit import sealing, verifying
from entraide.audit.chain import GENESIS
from entraide.audit.command import audit
from entraide.audit.models import AuditEntry, Verification
from entraide.audit.origin import Origin, coming_from
from entraide.audit.writing import Subject, write_down
from entraide.core.clock import now

NADIA = Origin("page", "person", 7, "Nadia Keller", "192.0.2.7")


def some_acts(n: int = 6) -> None:
    with coming_from(NADIA):
        for number in range(1, n + 1):
            about = Subject("tickets.ticket", number, f"ENT-{number}")
            write_down(
                "viewed", about, organisation_id=3, details={"as": "page", "é": [1, True, None, {"b": 1, "a": 2}]}
            )


@pytest.fixture
def sealed(db: None) -> None:
    some_acts()
    sealing.seal()


def tamper(sql: str, *values: Any) -> None:
    """Do what only the owner of the table can: put the guard aside and write."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_keep")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_keep")


def test_what_holds_is_said_to_hold(sealed: None) -> None:
    found = verifying.verify()
    assert (found.rows, found.through, found.broken) == (6, 6, None)
    assert sealing.head() == (6, found.head)
    assert verifying.verify(start=4).rows == 3


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'", "actor_kind = 'system'", "actor_id = 8", "actor_id = NULL",
        "actor_name = 'Nils'", "organisation_id = 4", "act = 'exported'", "subject_kind = 'x'", "subject_id = 99",
        "subject_name = 'ENT-99'", "details = '{}'", "details = jsonb_set(details, '{as}', '\"api\"')",
        "address = '192.0.2.8'", "address = NULL", "channel = 'api'", "id = 10000", "seq = 77",
        "previous = repeat('a', 64)", "hash = repeat('a', 64)", "hash = ''",
        "seq = NULL, previous = '', hash = ''",
    ],
)  # fmt: skip
def test_a_change_of_any_column_is_found_where_it_is(sealed: None, change: str) -> None:
    tamper(f"UPDATE audit_entry SET {change} WHERE seq = 3")
    broken = verifying.verify().broken
    assert broken is not None
    assert broken.seq == 3


def test_every_column_is_hashed_or_part_of_the_chain() -> None:
    from entraide.audit.chain import HASHED

    assert {each.attname for each in AuditEntry._meta.concrete_fields} == {*HASHED, "previous", "hash"}


@pytest.mark.parametrize(
    ("sql", "at"),
    [
        ("DELETE FROM audit_entry WHERE seq = 3", 3),
        ("DELETE FROM audit_entry WHERE seq <= 2", 1),
        ("DELETE FROM audit_entry WHERE seq = 3; UPDATE audit_entry SET seq = seq - 1 WHERE seq > 3", 3),
        # Two rows exchange their places.
        ("UPDATE audit_entry SET seq = 100 WHERE seq = 2; UPDATE audit_entry SET seq = 2 WHERE seq = 4; UPDATE audit_entry SET seq = 4 WHERE seq = 100", 2),
        # What they say is exchanged, their places are not.
        ("UPDATE audit_entry a SET subject_name = b.subject_name FROM audit_entry b WHERE (a.seq, b.seq) IN ((2, 4), (4, 2))", 2),
        # One is put in, and those behind it move on.
        ("UPDATE audit_entry SET seq = seq + 1000 WHERE seq > 3; UPDATE audit_entry SET seq = seq - 999 WHERE seq > 1000; INSERT INTO audit_entry (at, actor_kind, actor_name, act, subject_kind, subject_name, details, channel, seq, previous, hash) SELECT at, actor_kind, 'X', act, '', '', '{}', channel, 4, hash, repeat('b', 64) FROM audit_entry WHERE seq = 3", 4),
    ],
)  # fmt: skip
def test_rows_removed_exchanged_or_put_in_are_found(sealed: None, sql: str, at: int) -> None:
    tamper(sql)
    broken = verifying.verify().broken
    assert broken is not None
    assert broken.seq == at


def test_rows_cut_off_at_the_end_are_found_by_the_head_that_was_kept(sealed: None) -> None:
    assert verifying.verify_and_note().broken_at is None
    _seq, head = sealing.head()
    tamper("DELETE FROM audit_entry WHERE seq > 4")
    assert verifying.verify().broken is None, "the chain alone cannot tell"
    assert verifying.verify(known_head=head).broken is not None
    assert "removed" in verifying.verify_and_note().reason, "the last verification had seen more"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET act = 'exported'",
        "UPDATE audit_entry SET seq = NULL",
        "UPDATE audit_entry SET hash = repeat('a', 64)",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE seq = 6",
    ],
)
def test_the_database_refuses_to_change_or_remove(sealed: None, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert verifying.verify().rows == 6


def test_the_database_refuses_to_change_what_waits_to_be_sealed(db: None) -> None:
    some_acts(2)
    for sql in ("UPDATE audit_entry SET act = 'exported'", "UPDATE audit_entry SET seq = 1, act = 'exported'"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_the_database_refuses_to_empty_the_table(sealed: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_keep_all")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE audit_entry")
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_keep_all")


@pytest.mark.django_db(transaction=True)
def test_many_who_write_and_seal_at_once_make_one_chain() -> None:
    failed: list[BaseException] = []

    def work(act: Callable[[], Any]) -> None:
        try:
            for _turn in range(20):
                act()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[each]) for each in [lambda: some_acts(5)] * 4 + [sealing.seal] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    found = verifying.verify()
    assert (found.rows, found.broken) == (400, None)


@pytest.mark.django_db(transaction=True)
def test_a_writer_who_dies_in_the_middle_leaves_no_gap_and_one_who_is_slow_comes_later() -> None:
    class Died(Exception):
        pass

    some_acts(2)
    with pytest.raises(Died), transaction.atomic():
        some_acts(3)
        raise Died
    begun, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            some_acts(1)
            begun.set()
            may_end.wait(timeout=30)
        connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    begun.wait(timeout=30)
    some_acts(2)
    assert verifying.verify().rows == 4, "neither the one that died nor the one that goes on holds anybody up"
    may_end.set()
    slow.join(timeout=30)
    found = verifying.verify()
    assert (found.rows, found.broken) == (5, None)


def test_a_row_that_nobody_seals_is_told(sealed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    write_down("viewed")
    tamper("UPDATE audit_entry SET at = %s WHERE seq IS NULL", now() - timedelta(hours=2))
    monkeypatch.setattr(verifying, "seal", lambda: 0)
    broken = verifying.verify().broken
    assert broken is not None
    assert "never sealed" in broken.reason


def test_the_command_verifies_names_the_row_and_ends_with_status_1(sealed: None, tmp_path: Any) -> None:
    run = CliRunner().invoke
    fine = run(audit, ["verify"])
    assert fine.exit_code == 0
    assert fine.output.startswith("6 rows hold. Head: ")
    seq, head = run(audit, ["head"]).output.split()
    assert seq == "6" and head in fine.output
    assert run(audit, ["verify", "--head", head]).exit_code == 0
    assert run(audit, ["verify", "--head", "f" * 64]).exit_code == 1
    assert run(audit, ["verify", "--from", "3"]).output.startswith("4 rows hold")
    tamper("UPDATE audit_entry SET subject_name = 'ENT-99' WHERE seq = 5")
    bad = run(audit, ["verify"])
    assert bad.exit_code == 1
    assert "Row 5 does not match its hash" in bad.output
    assert Verification.objects.first().broken_at == 5  # type: ignore[union-attr]


def test_an_export_is_verified_without_the_desk_and_is_itself_written_down(sealed: None, tmp_path: Any) -> None:
    run, file = CliRunner().invoke, tmp_path / "audit.jsonl"
    day = f"{now():%Y-%m-%d}"
    assert run(audit, ["export", "--from", day, "--to", day, "--output", str(file)]).exit_code == 0
    assert len(file.read_text().splitlines()) == 7
    assert AuditEntry.objects.get(seq=7).act == "exported"
    assert run(audit, ["verify", "--file", str(file)]).exit_code == 0
    file.write_text(file.read_text().replace("ENT-4", "ENT-5"))
    bad = run(audit, ["verify", "--file", str(file)])
    assert bad.exit_code == 1 and "Row 4" in bad.output


def test_an_export_as_csv_runs_nothing_in_a_spreadsheet(db: None) -> None:
    write_down("viewed", Subject("x", 1, '=HYPERLINK("http://evil")'))
    text = CliRunner().invoke(audit, ["export", "--format", "csv"]).output
    assert text.splitlines()[0].startswith("seq,id,at,")
    assert "'=HYPERLINK" in text


def test_the_beginning_is_the_same_everywhere(db: None) -> None:
    some_acts(1)
    sealing.seal()
    assert AuditEntry.objects.get(seq=1).previous == GENESIS
