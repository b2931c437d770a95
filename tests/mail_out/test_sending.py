"""The outbox: it sends what is due, once; it tries again; it says why it failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.outbox_jobs import send_all_due
from entraide.channels.email.outgoing import retry
from entraide.channels.email.sending import send
from entraide.core.clock import now
from tests.at_once import at_once
from tests.jobs import do_jobs
from tests.mail_in.desk import _environment
from tests.mail_out.conftest import Server
from tests.world import World, everything


def the_mail() -> OutgoingMail:
    with everything():
        return OutgoingMail.objects.get()


@pytest.mark.django_db
def test_a_server_that_says_later_is_asked_again_later(world: World, server: Server) -> None:
    server.refusal = "451 try later"
    world.ticket()
    do_jobs()
    mail = the_mail()
    assert (mail.state, mail.attempts) == ("failing", 1)
    assert "451" in mail.last_error
    server.refusal = ""
    assert send_all_due() == 0, "not due yet"
    with time_machine.travel(now() + timedelta(minutes=2)):
        assert send_all_due() == 1
    assert the_mail().state == "sent"
    assert len(server.mails) == 1


@pytest.mark.django_db
def test_pauses_grow_and_end_after_three_days(world: World, server: Server) -> None:
    server.refusal = "421 busy"
    world.ticket()
    do_jobs()
    attempts = 0
    start = now()
    while the_mail().state == "failing" and attempts < 60:
        with time_machine.travel(the_mail().next_attempt_at + timedelta(seconds=1)):
            attempts += send_all_due()
    mail = the_mail()
    assert mail.state == "failed"
    assert 15 < attempts < 40
    with time_machine.travel(start + timedelta(days=30)):
        assert send_all_due() == 0


@pytest.mark.django_db
def test_a_server_that_says_never_is_not_asked_again_until_somebody_wants(world: World, server: Server) -> None:
    server.refusal = "550 no such user"
    world.ticket()
    do_jobs()
    mail = the_mail()
    assert mail.state == "failed"
    assert "550" in mail.last_error
    server.refusal = ""
    with everything():
        retry(mail.pk)
    do_jobs()
    assert the_mail().state == "sent"


@pytest.mark.django_db
def test_a_server_that_is_away_loses_nothing(world: World, server: Server, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    world.ticket()
    do_jobs()
    assert the_mail().state == "failing"
    settings.EMAIL_PORT = server.port
    with time_machine.travel(now() + timedelta(minutes=2)):
        send_all_due()
    assert len(server.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_mail_once(world: World, server: Server) -> None:
    world.ticket()
    do_jobs(queues=("reactions",))
    key = the_mail().pk
    at_once(lambda: send(key), 4)
    assert len(server.mails) == 1
    assert the_mail().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_after_the_servers_yes_sends_the_same_message_id_again(world: World, server: Server) -> None:
    world.ticket()
    do_jobs(queues=("reactions",))
    program = (
        "import django; django.setup()\nfrom entraide.channels.email.outbox_jobs import send_all_due; send_all_due()"
    )
    outbound = {
        "DJANGO_SETTINGS_MODULE": "entraide.config.settings",
        "ENTRAIDE_EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
    }
    killed = subprocess.run([sys.executable, "-c", program], env=_environment("outbox.sent", outbound), timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(server.mails) == 1
    again = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **_environment("", outbound)}, timeout=60
    )
    assert again.returncode == 0
    assert the_mail().state == "sent"
    assert len(server.mails) == 2
    assert server.mails[0]["Message-ID"] == server.mails[1]["Message-ID"] == the_mail().message_id
