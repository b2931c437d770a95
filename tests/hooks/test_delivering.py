"""What happens to a ticket reaches a program elsewhere: signed, once, and again until it arrives."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from standardwebhooks import Webhook, WebhookVerificationError

from entraide.channels.email.models import OutgoingMail
from entraide.channels.hooks import keeping
from entraide.channels.hooks.delivering import (
    PAUSES,
    endpoints_with_due,
    forget_old,
    replay,
    replay_failed,
    send_due,
    send_test,
    tell_of,
)
from entraide.channels.hooks.models import Delivery, Endpoint
from entraide.core.clock import now
from entraide.notifications.models import Notification
from entraide.tickets import actions
from tests.hooks.receiver import Receiver
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
Made = Callable[..., tuple[Endpoint, str]]
ALL = ("reactions", "hooks", "notifications")


def do_all() -> None:
    """Do what waits now; a later attempt is queued for its time, and the helper of the tests does not look at it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE scheduled_at > now()")
    do_jobs(queues=ALL)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'hooks'")


def deliveries() -> list[Delivery]:
    with everything():
        return list(Delivery.objects.order_by("pk"))


def test_an_opened_ticket_arrives_signed_so_that_the_receiver_can_check_it(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    _made, secret = endpoint()
    ticket = world.ticket()
    do_all()
    [message] = receiver.messages
    assert message.path == "/hook?key=a%20b"
    told = Webhook(secret).verify(message.body, message.headers)
    assert told["type"] == "ticket.opened"
    assert told["data"]["ticket"]["number"] == ticket.number
    assert told["data"]["ticket"]["url"].endswith(f"/desk/tickets/{ticket.number}/")
    assert told["data"]["entry"] | {"at": ""} == {
        "number": 1, "kind": "ticket_opened", "at": "", "is_public": True, "actor": {"id": world.alice.pk},
    }  # fmt: skip
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(message.body + b" ", message.headers)
    [kept] = deliveries()
    assert (kept.state, kept.status, kept.answer, kept.attempts) == ("delivered", 200, "thank you", 1)
    assert kept.duration_ms is not None
    assert message.headers["webhook-id"] == str(kept)


def test_names_subjects_and_texts_leave_the_desk_only_where_that_was_ticked(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    endpoint()
    endpoint(name="Avec les mots", with_words=True)
    world.ticket(subject="Congé de Zoé", text="Zoé est malade.")
    do_all()
    facts, words = sorted((each.body.decode() for each in receiver.messages), key=len)
    for personal in ("Zoé", "Alice", "Helvetia", "malade"):
        assert personal not in facts
        assert personal in words


def test_internal_entries_go_only_where_that_was_ticked(world: World, endpoint: Made, receiver: Receiver) -> None:
    endpoint(with_words=True)
    endpoint(name="Interne", with_words=True, with_internal=True)
    ticket = world.ticket()
    with everything():
        actions.note(ticket, text="Client difficile", actor=world.as_(world.nadia))
    do_all()
    told = [each for each in receiver.messages if b"Client difficile" in each.body]
    assert [each.data["type"] for each in told] == ["ticket.note_added"]
    assert [each.endpoint.name for each in deliveries() if each.type == "ticket.note_added"] == ["Interne"]


def test_an_endpoint_is_told_of_the_kinds_and_organisations_that_were_chosen(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    endpoint(kinds=["resolved"], organisation_ids=[world.rousseau.pk])
    for requester in (world.alice, world.zoe):
        ticket = world.ticket(requester)
        with everything():
            actions.take(ticket, actor=world.as_(world.nadia))
            actions.resolve(ticket, code="solved", text="Remplacée.", actor=world.as_(world.nadia))
    do_all()
    [message] = receiver.messages
    assert message.data["type"] == "ticket.resolved"
    assert message.data["data"]["ticket"]["organisation_id"] == world.rousseau.pk


def test_where_nobody_listens_no_job_is_queued(world: World) -> None:
    world.ticket()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args->>'reaction' LIKE '%hooks%tell%'")
        assert cursor.fetchone() == (0,)


def test_a_job_that_runs_twice_writes_and_sends_once(world: World, endpoint: Made, receiver: Receiver) -> None:
    endpoint()
    ticket = world.ticket()
    with everything():
        entry = ticket.timeline().get()
        tell_of(entry)
        tell_of(entry)
    do_all()
    do_all()
    assert len(receiver.messages) == 1


def test_what_does_not_arrive_is_tried_again_for_about_a_day_then_given_up_and_told(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    made, _secret = endpoint()
    receiver.status, receiver.answer = 503, b"x" * 5000
    with time_machine.travel("2026-11-24T09:00:00+01:00", tick=False) as clock:
        world.ticket()
        do_all()
        first = now()
        for pause in PAUSES:
            [kept] = deliveries()
            assert (kept.state, kept.next_attempt_at) == ("failing", now() + pause)
            clock.shift(pause - timedelta(seconds=1))
            assert endpoints_with_due() == []
            clock.shift(timedelta(seconds=1))
            assert endpoints_with_due() == [made.pk]
            send_due(made.pk)
        assert timedelta(hours=22) < now() - first < timedelta(hours=26)
        [kept] = deliveries()
        assert (kept.state, kept.next_attempt_at, kept.status) == ("given_up", None, 503)
        assert len(kept.answer) == 2048
        assert "503" in kept.error
        assert len({each.headers["webhook-id"] for each in receiver.messages}) == 1
        do_all()
    with everything():
        [told] = Notification.objects.all()
        assert (told.person, told.endpoint, told.template) == (world.adam, made, "endpoint_failing")
        mail = OutgoingMail.objects.get(person=world.adam)
    assert "Tableau de bord" in mail.subject
    assert f"/desk/settings/hooks/{made.pk}/" in mail.text
    assert "503" in mail.text


def test_a_receiver_that_is_busy_is_left_alone_for_as_long_as_it_asks(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    endpoint()
    receiver.status, receiver.headers = 429, {"Retry-After": "1800"}
    with time_machine.travel("2026-11-24T09:00:00+01:00", tick=False):
        world.ticket()
        do_all()
        [kept] = deliveries()
        assert kept.next_attempt_at == now() + timedelta(minutes=30)


def test_an_endpoint_that_fails_for_days_is_switched_off_and_administrators_hear_of_it(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    made, _secret = endpoint()
    receiver.status = 500
    with time_machine.travel("2026-11-20T09:00:00+01:00", tick=False) as clock:
        world.ticket()
        do_all()
        clock.shift(timedelta(days=4, hours=23))
        world.ticket()
        do_all()
        made.refresh_from_db()
        assert made.is_active
        clock.shift(timedelta(hours=2))
        world.ticket()
        do_all()
        made.refresh_from_db()
        assert not made.is_active
        assert made.switched_off_at == now()
        before = len(receiver.messages)
        world.ticket()
        clock.shift(timedelta(hours=9))
        assert send_due(made.pk) == 0
        assert len(receiver.messages) == before, "nothing goes there any more"
        with everything():
            assert Notification.objects.filter(endpoint=made, template="endpoint_switched_off").count() == 1
        receiver.status = 200
        keeping.change(made, receiver.url, name=made.name, is_active=True)
        assert made.failing_since is None
        send_due(made.pk)
        assert {each.state for each in deliveries()} == {"delivered"}, "what had waited arrives"


def test_one_success_begins_the_days_anew(world: World, endpoint: Made, receiver: Receiver) -> None:
    made, _secret = endpoint()
    receiver.status = 500
    with time_machine.travel("2026-11-20T09:00:00+01:00", tick=False) as clock:
        world.ticket()
        do_all()
        receiver.status = 204
        clock.shift(timedelta(days=3))
        send_due(made.pk)
        made.refresh_from_db()
        assert made.failing_since is None


def test_an_endpoint_that_says_it_is_gone_is_switched_off_at_once(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    made, _secret = endpoint()
    receiver.status = 410
    world.ticket()
    do_all()
    made.refresh_from_db()
    assert not made.is_active
    assert deliveries()[0].state == "given_up"


def test_a_dead_endpoint_costs_one_time_out_a_run(
    world: World, endpoint: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _secret = endpoint()
    receiver.status = 500
    with everything():
        for _ in range(3):
            tell_of(world.ticket().timeline().get())
    assert send_due(made.pk) == 0
    assert len(receiver.messages) == 1


def test_a_replay_sends_the_same_message_under_the_same_id(world: World, endpoint: Made, receiver: Receiver) -> None:
    _made, secret = endpoint()
    world.ticket()
    do_all()
    with everything():
        replay(deliveries()[0])
    do_all()
    first, second = receiver.messages
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    Webhook(secret).verify(second.body, second.headers)


def test_all_that_failed_since_then_is_sent_again_and_nothing_else(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    made, _secret = endpoint()
    receiver.status = 410
    with time_machine.travel("2026-11-24T09:00:00+01:00", tick=False) as clock:
        world.ticket(subject="avant")
        do_all()
        clock.shift(timedelta(hours=3))
        Endpoint.objects.update(is_active=True)
        world.ticket(subject="après")
        do_all()
        receiver.status = 200
        Endpoint.objects.update(is_active=True, switched_off_at=None)
        with everything():
            assert replay_failed(made, since=now() - timedelta(hours=1)) == 1
        do_all()
    assert [each.state for each in deliveries()] == ["given_up", "delivered"]


def test_during_a_rotation_both_secrets_are_valid_and_then_the_new_one_alone(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    made, old = endpoint()
    new = keeping.renew_secret(made)
    world.ticket()
    do_all()
    for secret in (old, new):
        Webhook(secret).verify(receiver.messages[-1].body, receiver.messages[-1].headers)
    keeping.drop_old_secret(made)
    world.ticket()
    do_all()
    last = receiver.messages[-1]
    Webhook(new).verify(last.body, last.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(last.body, last.headers)


def test_an_old_secret_ends_by_itself_after_a_week(world: World, endpoint: Made) -> None:
    made, _old = endpoint()
    keeping.renew_secret(made)
    assert len(keeping.signed_headers(made, "msg_1", "{}")["webhook-signature"].split(" ")) == 2
    with time_machine.travel(now() + timedelta(days=8)):
        assert len(keeping.signed_headers(made, "msg_1", "{}")["webhook-signature"].split(" ")) == 1


def test_who_reads_the_database_alone_learns_neither_the_secret_nor_the_address(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    made, secret = endpoint()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM hooks_endpoint")
        row = str(cursor.fetchall())
    assert secret not in row
    assert secret.removeprefix("whsec_") not in row
    assert receiver.url not in row
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert keeping.address_of(made) == receiver.url


def test_where_the_secret_key_changed_the_delivery_fails_and_says_so(
    world: World, endpoint: Made, receiver: Receiver, settings: Any
) -> None:
    endpoint()
    world.ticket()
    settings.SECRET_KEY = "another key"
    do_all()
    assert receiver.messages == []
    assert "secret key" in deliveries()[0].error


def test_a_test_goes_first_and_is_tried_once(world: World, endpoint: Made, receiver: Receiver) -> None:
    made, secret = endpoint(is_active=False)
    with everything():
        send_test(made, by=world.adam)
    do_all()
    [message] = receiver.messages
    assert Webhook(secret).verify(message.body, message.headers)["type"] == "endpoint.test"
    receiver.status = 500
    with everything():
        send_test(made, by=world.adam)
    do_all()
    assert [each.state for each in deliveries()] == ["delivered", "given_up"]
    made.refresh_from_db()
    assert made.failing_since is None


def test_what_is_older_than_thirty_days_is_forgotten(world: World, endpoint: Made) -> None:
    endpoint()
    world.ticket()
    do_all()
    assert forget_old() == 0
    with time_machine.travel(now() + timedelta(days=31)):
        assert forget_old() == 1
    assert deliveries() == []


def test_a_moved_ticket_takes_what_was_told_of_it_along(world: World, endpoint: Made) -> None:
    endpoint()
    ticket = world.ticket()
    do_all()
    with everything():
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
    do_all()
    assert {each.organisation_id for each in deliveries()} == {world.rousseau.pk}


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_the_sending_and_its_note_sends_it_again_with_the_same_id(
    world: World, endpoint: Made, receiver: Receiver
) -> None:
    made, _secret = endpoint()
    world.ticket()
    do_jobs(queues=("reactions",))
    to = connection.settings_dict
    who = f"{to['USER']}:{to['PASSWORD']}" if to["PASSWORD"] else to["USER"]
    program = (
        "import django; django.setup();"
        f"from entraide.channels.hooks.delivering import send_due; send_due({made.pk})"
    )  # fmt: skip
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "entraide.config.settings",
        "DATABASE_URL": f"postgresql://{who}@{to['HOST']}:{to['PORT']}/{to['NAME']}",
        "ENTRAIDE_PRIVATE_TARGETS": "127.0.0.0/8",
        "ENTRAIDE_CRASH_AT": "hook.sent",
        "ENTRAIDE_SECRET_KEY": os.environ.get("ENTRAIDE_SECRET_KEY", ""),
    }
    died = subprocess.run([sys.executable, "-c", program], env=environment, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert [each.state for each in deliveries()] == ["waiting"]
    send_due(made.pk)
    assert [each.state for each in deliveries()] == ["delivered"]
    first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
