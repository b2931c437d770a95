"""Killing any process at any step of the intake loses nothing and doubles nothing."""

from __future__ import annotations

import signal
import smtplib

import pytest

from entraide.channels.email.addresses import ticket_address
from entraide.channels.email.imap import poll
from entraide.channels.email.incoming import keep
from entraide.channels.email.models import IncomingMail, Mailbox
from entraide.tickets.models import Ticket
from tests.mail_in import desk
from tests.mail_in.dovecot import Dovecot, needs_dovecot
from tests.mail_in.mailboxes import mailbox, put
from tests.mail_in.mails import SUPPORT, entries, mail, tickets
from tests.world import World, everything

pytestmark = pytest.mark.django_db(transaction=True)

AT_THE_DOOR = ("mail:before-store", "mail:stored", "mail:committed")
IN_THE_JOB = (
    "mail:job-started", "mail:parsed", "mail:files-stored", "mail:recorded", "mail:outcome-saved", "mail:processed",
)  # fmt: skip
KILLED = -signal.SIGKILL
FILES = (("journal.txt", "text/plain", b"une ligne\n"),)


def there_is_one_ticket_and_nothing_left_to_do() -> Ticket:
    mails = IncomingMail.objects.all()
    assert [row.outcome for row in mails] == ["ticket"]
    (ticket,) = tickets()
    assert mails[0].ticket_id == ticket.pk
    (entry,) = entries(ticket)
    with everything():
        assert entry.attachments.count() == 1
    assert desk.jobs_left() == []
    return ticket


@pytest.mark.parametrize("place", [*AT_THE_DOOR, *IN_THE_JOB])
def test_a_killed_ingest_is_repeated_by_the_mail_server(world: World, place: str) -> None:
    assert desk.ingest(mail(files=FILES), crash_at=place).returncode == KILLED
    assert desk.ingest(mail(files=FILES)).returncode == 0
    desk.work()
    there_is_one_ticket_and_nothing_left_to_do()


@pytest.mark.parametrize("place", IN_THE_JOB)
def test_a_killed_worker_is_replaced(world: World, place: str) -> None:
    keep(mail(files=FILES), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    assert desk.work(crash_at=place).returncode == KILLED
    desk.rescue()
    desk.make_due()
    assert desk.work().returncode == 0
    there_is_one_ticket_and_nothing_left_to_do()


def test_a_worker_killed_in_the_middle_of_an_answer_writes_it_once(world: World) -> None:
    ticket = world.ticket()
    keep(mail(text="Encore en panne."), door="smtp", envelope_from="", envelope_to=[ticket_address(ticket)])
    assert desk.work(crash_at="mail:recorded").returncode == KILLED
    assert [entry.kind for entry in entries(ticket)] == ["ticket_opened"]
    desk.rescue()
    desk.make_due()
    desk.work()
    assert [entry.kind for entry in entries(ticket)] == ["ticket_opened", "requester_wrote"]


@pytest.mark.parametrize("place", AT_THE_DOOR)
def test_a_killed_listener_gave_no_250_so_the_sender_comes_again(world: World, place: str) -> None:
    with desk.mail_part(crash_at=place) as (process, port):
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            deliver(port)
        assert process.wait(timeout=20) == KILLED
    with desk.mail_part() as (process, port):
        deliver(port)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    desk.work()
    there_is_one_ticket_and_nothing_left_to_do()


def deliver(port: int) -> None:
    smtp = smtplib.SMTP("127.0.0.1", port, timeout=20)
    try:
        smtp.sendmail("alice@helvetia.example", [SUPPORT], mail(files=FILES))
    finally:
        smtp.close()


@needs_dovecot
@pytest.mark.parametrize("place", ["mail:committed", "imap:kept"])
def test_a_poll_that_is_killed_is_begun_again(
    world: World, tmp_path_factory: pytest.TempPathFactory, place: str
) -> None:
    server = Dovecot(tmp_path_factory.mktemp("dovecot"))
    server.start()
    try:
        put(server, "crash@helvetia.example", mail(files=FILES))
        box = mailbox(server, "crash@helvetia.example")
        with desk.mail_part(crash_at=place) as (process, _port):
            assert process.wait(timeout=30) == KILLED
        assert IncomingMail.objects.count() == 1
        assert poll(Mailbox.objects.get(pk=box.pk))
    finally:
        server.stop()
    desk.work()
    there_is_one_ticket_and_nothing_left_to_do()
