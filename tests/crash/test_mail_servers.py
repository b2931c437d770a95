"""The mail servers around the desk are away, or slow: it waits for them, says so, and misses nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
import time_machine

from entraide.channels.email import imap
from entraide.channels.email.models import IncomingMail, Mailbox, OutgoingMail
from entraide.channels.email.outbox_jobs import send_all_due
from entraide.core.clock import now
from tests.crash.slow import SlowLine
from tests.jobs import do_jobs
from tests.mail_in.dovecot import Dovecot, needs_dovecot
from tests.mail_in.mailboxes import flags_in, mailbox, put
from tests.mail_in.mails import mail
from tests.mail_out.conftest import Server, server  # noqa: F401 (a fixture)
from tests.world import World, everything

TICKETS = 6


@pytest.mark.django_db
def test_the_mail_server_is_away_for_an_hour(world: World, server: Server, settings: Any) -> None:  # noqa: F811
    began = now()
    settings.EMAIL_PORT = 1  # nothing answers there
    for number in range(TICKETS):
        with time_machine.travel(began + timedelta(minutes=2 * number)):
            world.ticket(subject=f"Panne {number}")
            do_jobs()
    for minute in range(12, 60):
        if minute == 30:  # back, but not well yet
            settings.EMAIL_PORT, server.refusal = server.port, "451 later"
        with time_machine.travel(began + timedelta(minutes=minute)):
            send_all_due()
    with everything():
        waiting = list(OutgoingMail.objects.values_list("state", "last_error"))
    assert len(waiting) >= TICKETS
    assert all(state == "failing" and "451 later" in error for state, error in waiting), waiting
    assert server.mails == []
    server.refusal = ""
    for minute in range(60, 125):
        with time_machine.travel(began + timedelta(minutes=minute)):
            send_all_due()
    with everything():
        assert {state for (state,) in OutgoingMail.objects.values_list("state")} == {"sent"}
        noted = set(OutgoingMail.objects.values_list("message_id", flat=True))
    assert Counter(each["Message-ID"] for each in server.mails) == Counter(noted)


@pytest.fixture
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    made = Dovecot(tmp_path_factory.mktemp("slow"))
    made.start()
    yield made
    made.stop()


@needs_dovecot
@pytest.mark.django_db(transaction=True)
def test_a_slow_imap_server_is_read_in_turns_and_one_that_falls_silent_is_told(
    world: World, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "TIMEOUT_S", 2)
    monkeypatch.setattr(imap, "TURN_S", 3.0)
    user, count = "slow@helvetia.example", 12
    put(
        dovecot,
        user,
        *(mail(message_id=f"<slow-{n}@x.example>", subject=f"Panne {n}", text="Lent. " * 200) for n in range(count)),
    )
    line = SlowLine(dovecot.port, bytes_per_s=4000)
    try:
        box = mailbox(dovecot, user, port=line.port)
        assert imap.poll(read_again(box)), read_again(box).last_error
        at_first = IncomingMail.objects.count()
        assert 0 < at_first < count, "one turn does not take all day"
        line.stall_after = line.passed_bytes + 3000
        assert not imap.poll(read_again(box))
        assert "timed out" in read_again(box).last_error
        line.stall_after, line.bytes_per_s = None, 1e6
        assert imap.poll(read_again(box)), read_again(box).last_error
    finally:
        line.close()
    assert read_again(box).last_error == ""
    raws = (bytes(raw) for raw in IncomingMail.objects.values_list("raw", flat=True))
    kept = Counter(message_from_bytes(raw)["Message-ID"] for raw in raws)
    assert kept == Counter(f"<slow-{n}@x.example>" for n in range(count))
    assert all(r"\Seen" in flags for flags in flags_in(dovecot, user))


def read_again(box: Mailbox) -> Mailbox:
    return Mailbox.objects.get(pk=box.pk)
