"""A real worker tells of a warning and a breach within thirty seconds of their time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from entraide.core.clock import now
from entraide.sla.models import Agreement, CoverageCalendar
from entraide.sla.promises import Target
from entraide.sla.publishing import publish_agreement
from entraide.tickets.models import Ticket, TicketEntry
from tests.browser.desk import RunningDesk
from tests.world import World, everything

LATE_AT_MOST = timedelta(seconds=30)
AT_ONCE = 120


@pytest.fixture
def world(transactional_db: None) -> World:
    return World()


@pytest.fixture
def desk(world: World) -> Iterator[RunningDesk]:
    running = RunningDesk()
    yield running
    running.stop()


def test_more_than_a_hundred_promises_due_at_one_instant_are_told_within_thirty_seconds(
    world: World, desk: RunningDesk
) -> None:
    """They come on top of what the opening of so many tickets has left to do."""
    with everything():
        promise_within(60, ("first_response", 0), ("in_hand", 1))
        with time_machine.travel(now() - timedelta(minutes=45, seconds=-20), tick=False):
            tickets = [world.ticket() for _n in range(AT_ONCE // 2)]
        due = tickets[0].opened_at + timedelta(minutes=45)
        desk.start("jobs")
        told_of = TicketEntry.objects.filter(kind="clock_warned")
        while told_of.count() < AT_ONCE and now() < due + 2 * LATE_AT_MOST:
            time.sleep(0.2)
        entries = list(told_of)
    assert len({(entry.ticket_id, entry.event.metric) for entry in entries}) == len(entries) == AT_ONCE
    assert {entry.event.instant for entry in entries} == {due}
    late = [entry.at - due for entry in entries]
    assert timedelta(0) <= min(late) <= max(late) < LATE_AT_MOST, max(late)


def promise_an_answer_within(minutes: int) -> None:
    promise_within(minutes, ("first_response", 0))


def promise_within(minutes: int, *metrics: tuple[str, int]) -> None:
    """Promise these (metric, level) for every priority, round the clock."""
    always = CoverageCalendar.objects.get(name="24/7")
    publish_agreement(
        Agreement.objects.get(is_default=True),
        targets=[
            Target(metric, priority, minutes, always.pk, level=level)
            for metric, level in metrics
            for priority in (1, 2, 3, 4)
        ],
        matrix=((1, 2, 3), (2, 3, 3), (3, 3, 4)),
        vip_raise=0,
        warn_percent=75,
        by=None,
        seen=1,
    )


def told(ticket: Ticket) -> list[Any]:
    return list(ticket.timeline().filter(kind__in=["clock_warned", "clock_breached"]))


def test_a_worker_tells_of_a_warning_and_a_breach_within_thirty_seconds(world: World, desk: RunningDesk) -> None:
    with everything():
        promise_an_answer_within(1)
        # Three quarters of the minute will have passed in three seconds.
        with time_machine.travel(now() - timedelta(seconds=42), tick=True):
            ticket = world.ticket()
        desk.start("jobs")
        until = time.monotonic() + 75
        while len(told(ticket)) < 2 and time.monotonic() < until:
            time.sleep(0.2)
        warned, breached = told(ticket)
    assert (warned.kind, breached.kind) == ("clock_warned", "clock_breached")
    assert warned.event.instant == ticket.opened_at + timedelta(seconds=45)
    assert breached.event.instant == ticket.opened_at + timedelta(seconds=60)
    for entry in (warned, breached):
        assert timedelta(0) <= entry.at - entry.event.instant < LATE_AT_MOST
