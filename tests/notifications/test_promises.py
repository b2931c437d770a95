"""Who is told that a promise is in danger or missed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from entraide.channels.email.models import OutgoingMail
from entraide.notifications.choices import Channels, choose
from entraide.notifications.models import Notification
from entraide.notifications.preferences import Quiet
from entraide.notifications.telling import mail_if_unread
from entraide.notifications.wording import sentence_of
from entraide.tickets import actions
from entraide.tickets.clock_jobs import tell_what_is_due
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva


def lines() -> set[tuple[str, str]]:
    do_jobs()
    with everything():
        return {(each.kind, each.person.name.split()[0]) for each in Notification.objects.all()}


@pytest.fixture
def first_response(world: World) -> Any:
    """A P1 that came in at nine; its answer is promised by half past."""
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        lines()
        yield ticket, traveller


def test_the_team_is_told_of_a_ticket_that_nobody_has_taken(world: World, first_response: Any) -> None:
    _ticket, traveller = first_response
    traveller.shift(timedelta(minutes=23))
    tell_what_is_due()
    # Carla coordinates, and is of the first level's team, too.
    assert lines() == {("promise_in_danger", name) for name in ("Nadia", "Nils", "Carla")}
    # The first response and the time in hand of N1 are two promises, two entries, and one silence.
    with everything():
        assert _ticket.timeline().filter(kind="clock_warned").count() == 2
        assert Notification.objects.count() == 3
        line = Notification.objects.select_related("entry").first()
        with translation.override("en"):
            sentence = sentence_of(line, names=Names(), now=NINE)
    assert sentence.startswith("First response, In hand (N1) ")


def test_its_assignee_alone_is_told_of_a_ticket_that_somebody_has(world: World, first_response: Any) -> None:
    ticket, traveller = first_response
    actions.take(ticket, actor=world.as_(world.nils))
    for minutes in (23, 8):
        traveller.shift(timedelta(minutes=minutes))
        tell_what_is_due()
    told = lines()
    assert {name for _kind, name in told} == {"Nils"}
    assert {kind for kind, _name in told} == {"promise_in_danger", "promise_missed"}


def test_nobody_is_told_of_what_has_been_resolved_since(world: World, first_response: Any) -> None:
    ticket, traveller = first_response
    traveller.shift(timedelta(minutes=31))
    actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nils))
    assert tell_what_is_due() == 2, "the first response and the time in hand of N1 were missed all the same"
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).timeline().filter(kind="clock_breached").count() == 2
    assert lines() == set()


@pytest.mark.parametrize(
    ("meanwhile", "is_mailed"), [("nothing", True), ("answered", True), ("handed over", False), ("resolved", False)]
)
def test_in_the_morning_nobody_is_mailed_of_a_danger_that_has_passed(
    world: World, first_response: Any, meanwhile: str, is_mailed: bool
) -> None:
    ticket, traveller = first_response
    until_noon = Quiet(time(8), time(12), frozenset(range(7)))
    choose(world.nils, channels={"promise_in_danger": Channels(True, True)}, quiet=until_noon)
    actions.take(ticket, actor=world.as_(world.nils))
    traveller.shift(timedelta(minutes=23))
    tell_what_is_due()
    lines()
    told = Notification.objects.filter(kind="promise_in_danger").get()
    # An answer keeps one of the two promises; handed over as well, neither is in danger any more.
    if meanwhile in ("answered", "handed over"):
        actions.reply(ticket, text="Nous regardons.", actor=world.as_(world.nils))
    if meanwhile == "handed over":
        actions.escalate(ticket, team=world.n2, observed="X", tried="Y", asked="Z", actor=world.as_(world.nils))
    elif meanwhile == "resolved":
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nils))
    traveller.move_to(NINE + timedelta(hours=3, minutes=5))
    mail_if_unread(told.pk)
    assert OutgoingMail.objects.filter(template="promise_warning").exists() is is_mailed
