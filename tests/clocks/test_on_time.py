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
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything

LATE_AT_MOST = timedelta(seconds=30)


@pytest.fixture
def world(transactional_db: None) -> World:
    return World()


@pytest.fixture
def desk(world: World) -> Iterator[RunningDesk]:
    running = RunningDesk()
    yield running
    running.stop()


def promise_an_answer_within(minutes: int) -> None:
    always = CoverageCalendar.objects.get(name="24/7")
    publish_agreement(
        Agreement.objects.get(is_default=True),
        targets=[Target("first_response", priority, minutes, always.pk) for priority in (1, 2, 3, 4)],
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
