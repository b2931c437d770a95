"""What reaches a browser while no page is open: to whom, when, with which words, and what becomes of what does not arrive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app

from entraide.channels.push import keeping, vapid
from entraide.channels.push.models import Browser
from entraide.core.secrets import derived
from entraide.notifications import pushing
from entraide.notifications.choices import Channels, choose
from entraide.notifications.models import Notification
from entraide.notifications.preferences import Quiet
from entraide.notifications.pushing import PAUSES, push_to
from entraide.notifications.telling import tell
from entraide.people.models import Account, Person
from entraide.tickets.models import Ticket
from tests.hooks.receiver import Receiver
from tests.jobs import do_jobs
from tests.push.reading import Keys, claims_of
from tests.world import World, everything

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]
NIGHT = Quiet(time(19), time(7), frozenset(range(7)))
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


class Subscribed:
    """Nadia, signed in in a browser that is told."""

    def __init__(self, world: World, receiver: Receiver) -> None:
        self.client, self.keys, self.receiver = Client(), Keys(), receiver
        self.person: Person = world.nadia
        self.client.force_login(world.nadia.account)  # type: ignore[attr-defined]
        self.browser = self.subscribe()

    def subscribe(self) -> Browser:
        with everything():
            return keeping.subscribe(
                self.person,
                self.keys.subscribed_at(self.receiver.url),
                user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                session_key=str(self.client.session.session_key),
            )

    @property
    def said(self) -> list[dict[str, Any]]:
        return [self.keys.read(each) for each in self.receiver.messages]

    @property
    def row(self) -> Browser | None:
        with everything():
            return Browser.objects.filter(pk=self.browser.pk).first()


@pytest.fixture
def nadias(world: World, receiver: Receiver, loopback: None) -> Subscribed:
    return Subscribed(world, receiver)


def told(world: World, ticket: Ticket | None = None, *, kind: str = "assigned", **facts: Any) -> Notification:
    with everything():
        ticket = ticket or world.ticket()
        (line,) = tell([world.nadia.pk], kind=kind, ticket=ticket, entry=ticket.timeline().get(), **facts)
    return line


def send_all() -> None:
    """Run the jobs that are due, and only those: what waits for its time goes on waiting."""
    while run_next():
        continue


def run_next() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, args FROM procrastinate_jobs WHERE task_name = 'entraide.push' AND (scheduled_at IS NULL OR scheduled_at <= %s)"
            " ORDER BY id LIMIT 1",
            [now_()],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        key, arguments = row
        app.tasks["entraide.push"](**(json.loads(arguments) if isinstance(arguments, str) else arguments))
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [key])
    return True


def now_() -> datetime:
    return datetime.now(tz=UTC)


def waiting() -> list[tuple[datetime | None, int]]:
    """Return when each message to a browser is due, and which attempt it will be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scheduled_at, (args->>'attempt')::int FROM procrastinate_jobs WHERE task_name = 'entraide.push' ORDER BY id"
        )
        return list(cursor.fetchall())


def test_a_notification_reaches_the_browser_with_few_words_and_the_way_to_the_ticket(
    world: World, nadias: Subscribed
) -> None:
    line = told(world)
    assert nadias.receiver.messages == [], "nothing is sent before the notification is there"
    send_all()
    (said,) = nadias.said
    assert said["title"] == line.about.reference
    assert said["body"] == "Alice Martin vous a assigné ce ticket."
    assert said["url"] == f"/desk/notifications/{line.pk}/"
    assert said["page"] == f"/desk/tickets/{line.about.number}/"
    assert set(said) == {"title", "body", "url", "page", "tag"}
    assert line.about.subject not in str(said), "no word of the client"
    row = nadias.row
    assert row is not None and row.used_at is not None and row.name == "Firefox, Linux"


def test_the_desk_signs_with_its_own_key_and_names_its_mail_address(
    world: World, nadias: Subscribed, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Support <aide@lemanique.example>"
    told(world)
    send_all()
    (message,) = nadias.receiver.messages
    claims = claims_of(message)
    assert claims["sub"] == "mailto:aide@lemanique.example"
    assert nadias.receiver.url.startswith(claims["aud"] + "/")
    assert 0 < claims["exp"] - datetime.now(tz=UTC).timestamp() < timedelta(hours=24).total_seconds()


def test_every_process_has_the_same_key_and_another_desk_another(settings: Any) -> None:
    ours = vapid.public_key()
    code = "import django; django.setup(); from entraide.channels.push.vapid import public_key; print(public_key())"
    environment = {
        **os.environ,
        "ENTRAIDE_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "entraide.config.settings",
    }
    theirs = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert theirs.stdout.strip() == ours, theirs.stderr
    assert derived(32, purpose="one") != derived(32, purpose="another")
    settings.SECRET_KEY = "another desk"
    assert vapid.public_key() != ours


@pytest.mark.parametrize(
    ("facts", "kind", "priority", "urgency", "hours"),
    [
        ({}, "assigned", 3, "normal", 24),
        ({"urgent": True}, "assigned", 3, "high", 4),
        ({}, "assigned", 1, "high", 4),
        ({}, "major_incident", 3, "high", 4),
    ],
)
def test_what_presses_says_so_and_is_kept_for_a_short_time(
    world: World, nadias: Subscribed, facts: dict[str, Any], kind: str, priority: int, urgency: str, hours: int
) -> None:
    with everything():
        ticket = world.ticket(impact=(priority + 1) // 2, urgency=(priority + 1) // 2)
    assert ticket.priority == priority
    told(world, ticket, kind=kind, **facts)
    send_all()
    (message,) = nadias.receiver.messages
    assert message.headers["Urgency"] == urgency
    assert message.headers["TTL"] == str(hours * 3600)


def test_news_of_one_ticket_replaces_older_news_of_it(world: World, nadias: Subscribed) -> None:
    ticket = world.ticket()
    told(world, ticket)
    told(world, ticket, kind="reopened")
    told(world)
    send_all()
    topics = [message.headers["Topic"] for message in nadias.receiver.messages]
    assert topics[0] == topics[1] != topics[2]
    assert all(len(topic) <= 32 and str(ticket.number) != topic for topic in topics)
    assert [said["tag"] for said in nadias.said] == topics


def test_each_chooses_by_kind_whether_a_browser_is_told(world: World, nadias: Subscribed) -> None:
    with everything():
        choose(world.nadia, channels={"assigned": Channels(True, True, False)}, quiet=None)
    told(world)
    told(world, kind="reopened")
    send_all()
    assert len(nadias.said) == 1


def test_quiet_hours_hold_it_back_as_they_do_mails_but_not_what_is_urgent(world: World, nadias: Subscribed) -> None:
    with everything():
        choose(world.nadia, channels={}, quiet=NIGHT)
    with time_machine.travel(EVENING, tick=False):
        nadias.client.force_login(world.nadia.account)  # type: ignore[attr-defined]
        nadias.subscribe()
        told(world, kind="reopened")
        told(world, urgent=True)
        send_all()
        assert len(nadias.said) == 1
        assert waiting() == [(MORNING, 1)]
    with time_machine.travel(MORNING, tick=False):
        send_all()
    assert len(nadias.said) == 2


def read(world: World, _nadias: Subscribed) -> None:
    Notification.objects.update(read_at=NOON)


def without_the_right(world: World, _nadias: Subscribed) -> None:
    world.nadia.roles.all().delete()


def deactivated(world: World, _nadias: Subscribed) -> None:
    Person.objects.filter(pk=world.nadia.pk).update(is_active=False)


def account_closed(world: World, _nadias: Subscribed) -> None:
    Account.objects.filter(person=world.nadia).update(is_active=False)


def another_password(world: World, _nadias: Subscribed) -> None:
    account = Account.objects.get(person=world.nadia)
    account.set_password("another horse battery staple")
    account.save()


def signed_out(world: World, nadias: Subscribed) -> None:
    nadias.client.post("/account/logout/")


def session_over(world: World, nadias: Subscribed) -> None:
    nadias.client.session.flush()


def removed(world: World, nadias: Subscribed) -> None:
    Browser.objects.all().delete()


def of_somebody_else(world: World, nadias: Subscribed) -> None:
    other = Client()
    other.force_login(world.nils.account)  # type: ignore[attr-defined]
    keeping.subscribe(
        world.nils,
        nadias.keys.subscribed_at(nadias.receiver.url),
        user_agent="",
        session_key=str(other.session.session_key),
    )


@pytest.mark.parametrize(
    "change",
    [
        read,
        without_the_right,
        deactivated,
        account_closed,
        another_password,
        signed_out,
        session_over,
        removed,
        of_somebody_else,
    ],
    ids=lambda change: str(change.__name__),
)
def test_nothing_more_is_told_after(
    world: World, nadias: Subscribed, change: Callable[[World, Subscribed], None]
) -> None:
    told(world)
    with everything():
        change(world, nadias)
    send_all()
    assert nadias.receiver.messages == []
    assert waiting() == []


def test_signing_out_forgets_this_browser_and_leaves_the_others(world: World, nadias: Subscribed) -> None:
    elsewhere = Client()
    elsewhere.force_login(world.nadia.account)  # type: ignore[attr-defined]
    with everything():
        keeping.subscribe(
            world.nadia,
            Keys().subscribed_at(nadias.receiver.url + "2"),
            user_agent="",
            session_key=str(elsewhere.session.session_key),
        )
    nadias.client.post("/account/logout/")
    with everything():
        assert Browser.objects.filter(person=world.nadia).count() == 1
    assert nadias.row is None


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_no_more_is_forgotten(world: World, nadias: Subscribed, status: int) -> None:
    nadias.receiver.status = status
    told(world)
    send_all()
    assert nadias.row is None
    assert waiting() == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_push_service_in_trouble_is_asked_again_and_then_given_up_with_the_reason(
    world: World, nadias: Subscribed, status: int
) -> None:
    nadias.receiver.status = status
    with time_machine.travel(NOON, tick=False) as clock:
        nadias.client.force_login(world.nadia.account)  # type: ignore[attr-defined]
        nadias.subscribe()
        told(world)
        for attempt, pause in enumerate(PAUSES, start=1):
            send_all()
            assert waiting() == [(now_() + pause, attempt + 1)]
            clock.shift(pause)
        send_all()
    assert waiting() == []
    assert len(nadias.receiver.messages) == len(PAUSES) + 1
    row = nadias.row
    assert row is not None and str(status) in row.error and row.failed_at is not None
    assert str(status) in nadias.client.get("/desk/notifications/settings").content.decode()
    nadias.receiver.status = 201
    told(world)
    send_all()
    row = nadias.row
    assert row is not None and row.error == "" and row.failed_at is None


def test_the_pause_that_a_push_service_asks_for_is_kept(world: World, nadias: Subscribed) -> None:
    nadias.receiver.status, nadias.receiver.headers = 429, {"Retry-After": "900"}
    with time_machine.travel(NOON, tick=False):
        nadias.client.force_login(world.nadia.account)  # type: ignore[attr-defined]
        nadias.subscribe()
        told(world)
        send_all()
    assert waiting() == [(NOON + timedelta(seconds=900), 2)]


def test_what_the_service_refuses_is_not_tried_again(world: World, nadias: Subscribed) -> None:
    nadias.receiver.status = 403
    told(world)
    send_all()
    assert len(nadias.receiver.messages) == 1
    row = nadias.row
    assert row is not None and "403" in row.error


def test_a_network_that_became_private_is_not_called(world: World, nadias: Subscribed, settings: Any) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"private_targets": []})
    told(world)
    send_all()
    assert nadias.receiver.messages == []
    assert [attempt for _at, attempt in waiting()] == [2]


def test_a_subscription_that_the_desk_cannot_read_any_more_is_forgotten(world: World, nadias: Subscribed) -> None:
    with everything():
        Browser.objects.update(subscription="gAAAAABother")
    told(world)
    send_all()
    assert nadias.row is None


def test_a_job_that_runs_again_replaces_its_own_message(world: World, nadias: Subscribed) -> None:
    line = told(world)
    with everything():
        push_to(line.pk, nadias.browser.pk, 1)
        push_to(line.pk, nadias.browser.pk, 1)
    first, second = nadias.said
    assert first == second


def test_a_line_that_is_not_kept_queues_nothing(world: World, nadias: Subscribed) -> None:
    ticket = world.ticket()
    told(world, ticket)
    with everything():
        assert tell([world.nadia.pk], kind="assigned", ticket=ticket, entry=ticket.timeline().get()) == []
    assert len(waiting()) == 1


def test_a_test_message_arrives_or_says_why_not(world: World, nadias: Subscribed) -> None:
    with everything():
        pushing.ask_for_test(nadias.browser)
    do_jobs(queues=("notifications",))
    (said,) = nadias.said
    assert said["url"] == "/desk/notifications/settings"
    nadias.receiver.status = 500
    with everything():
        pushing.ask_for_test(nadias.browser)
    do_jobs(queues=("notifications",))
    row = nadias.row
    assert row is not None and "500" in row.error


def test_the_words_are_in_the_language_of_the_reader(world: World, nadias: Subscribed) -> None:
    with everything():
        Person.objects.filter(pk=world.nadia.pk).update(language="en")
    told(world)
    send_all()
    assert nadias.said[0]["body"] == "Alice Martin assigned this ticket to you."
