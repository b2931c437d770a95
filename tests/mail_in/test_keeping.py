"""Every door leads to one place, where a message is kept whole and once before anything is answered."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from entraide.channels.email.incoming import keep, read_again
from entraide.channels.email.jobs import queue_forgotten
from entraide.channels.email.models import IncomingMail
from entraide.core.events import Refused
from tests.mail_in.mails import SUPPORT, mail

OTHER = "support+imprimante@entraide.localhost"


def jobs() -> int:
    with connection.cursor() as cursor:
        wanted = "task_name = 'entraide.read_mail' AND status = 'todo'"
        cursor.execute(f"SELECT count(*) FROM procrastinate_jobs WHERE {wanted}")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_message_is_kept_whole_with_its_envelope_and_its_job() -> None:
    raw = mail() + b"\x00\xff 8-bit and NUL"
    recipients = ["Support+VPN@entraide.localhost"]
    kept = keep(raw, door="smtp", envelope_from="<Alice@Helvetia.example>", envelope_to=recipients)
    row = IncomingMail.objects.get(pk=kept.mail_id)
    assert kept.is_new
    assert bytes(row.raw) == raw
    assert (row.envelope_from, row.envelope_to) == ("alice@helvetia.example", ["support+vpn@entraide.localhost"])
    assert (row.outcome, row.size_bytes, row.door) == ("waiting", len(raw), "smtp")
    assert jobs() == 1


@pytest.mark.django_db
def test_the_same_message_again_adds_its_recipients_and_no_second_entry() -> None:
    first = keep(mail(), door="smtp", envelope_from="a@b.example", envelope_to=[SUPPORT])
    again = keep(mail(), door="imap", envelope_from="a@b.example", envelope_to=[OTHER, SUPPORT])
    assert again == (first.mail_id, False)
    assert IncomingMail.objects.get().envelope_to == sorted([SUPPORT, OTHER])
    assert jobs() == 1


@pytest.mark.django_db
def test_an_alarm_without_date_and_message_id_that_comes_again_tomorrow_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = b"From: onduleur@helvetia.example\r\nSubject: Batterie faible\r\n\r\nBatterie faible.\r\n"
    monkeypatch.setenv("ENTRAIDE_CLOCK", "2026-03-02T08:00:00+01:00")
    first = keep(raw, door="smtp", envelope_from="", envelope_to=[SUPPORT])
    assert not keep(raw, door="smtp", envelope_from="", envelope_to=[SUPPORT]).is_new
    monkeypatch.setenv("ENTRAIDE_CLOCK", "2026-03-03T08:00:00+01:00")
    again = keep(raw, door="smtp", envelope_from="", envelope_to=[SUPPORT])
    assert again.is_new
    assert again.mail_id != first.mail_id


@pytest.mark.django_db
@pytest.mark.parametrize("raw", [b"", b"\r\n \r\n"])
def test_an_empty_message_is_refused_with_a_clear_word(raw: bytes) -> None:
    with pytest.raises(Refused, match="vide"):
        keep(raw, door="ingest", envelope_from="", envelope_to=[SUPPORT])
    assert not IncomingMail.objects.exists()


@pytest.mark.django_db
def test_an_envelope_of_any_bytes_is_kept() -> None:
    kept = keep(mail(), door="smtp", envelope_from="a\udce9\x00@b.example", envelope_to=["x" * 900 + "@y.example"])
    row = IncomingMail.objects.get(pk=kept.mail_id)
    assert row.envelope_from == "a?@b.example"
    assert len(row.envelope_to[0]) == 320


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_once_make_one_entry() -> None:
    together, kept = threading.Barrier(4), []

    def deliver(number: int) -> None:
        together.wait()
        kept.append(keep(mail(), door="smtp", envelope_from="", envelope_to=[f"support+{number}@entraide.localhost"]))
        connection.close()

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.is_new for each in kept) == [False, False, False, True]
    assert IncomingMail.objects.get().envelope_to == [f"support+{number}@entraide.localhost" for number in range(4)]
    assert jobs() == 1


@pytest.mark.django_db(transaction=True)
def test_neither_the_message_nor_its_job_stays_when_the_transaction_fails() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        keep(mail(), door="smtp", envelope_from="", envelope_to=[SUPPORT])
        _ = 1 / 0
    assert not IncomingMail.objects.exists()
    assert jobs() == 0


@pytest.mark.django_db
def test_a_message_is_taken_out_of_quarantine_to_be_read_again() -> None:
    kept = keep(mail(), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    assert not read_again(kept.mail_id)
    IncomingMail.objects.update(outcome="quarantined", reason="x", attempts=5)
    assert read_again(kept.mail_id)
    row = IncomingMail.objects.get()
    assert (row.outcome, row.reason, row.attempts) == ("waiting", "", 0)
    assert jobs() == 2


@pytest.mark.django_db
def test_what_waits_without_a_job_is_queued_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(mail(), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert queue_forgotten() == 0
    monkeypatch.setenv("ENTRAIDE_CLOCK", "+11M")
    assert queue_forgotten() == 1
    queue_forgotten()
    assert jobs() == 1
