"""The demo's time runs forward, whenever it is loaded."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.demo import load, loading
from entraide.demo.clock import set_clock, telling_the_past
from entraide.demo.stories import Teller
from entraide.tickets.models import Ticket
from tests.world import World

pytestmark = pytest.mark.django_db


def assert_time_runs_forward(*, until: datetime) -> None:
    for ticket in Ticket.objects.prefetch_related("entries"):
        times = [entry.at for entry in sorted(ticket.entries.all(), key=lambda each: each.number)]
        assert times == sorted(times), ticket
        assert times[-1] <= until, ticket


# A working noon, a Saturday on the last second of an hour, the night in which summer time ends.
BEGUN = [
    datetime(2026, 11, 25, 11, 37, 20, tzinfo=UTC),
    datetime(2026, 8, 1, 15, 59, 58, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 0, 3, tzinfo=UTC),
]


@pytest.mark.parametrize("seed", range(len(BEGUN)))
def test_time_runs_forward_whenever_the_demo_is_loaded(seed: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(loading, "TICKETS", loading.RECENT + 10)
    whole = scoped(Scope.everything(reason="the demo is looked at whole"))
    with whole, time_machine.travel(BEGUN[seed], tick=False):
        load(seed=seed)
        assert_time_runs_forward(until=BEGUN[seed])


def test_what_is_told_late_of_a_promise_comes_before_what_happens_next(world: World, monkeypatch: Any) -> None:
    nine = datetime(2026, 3, 2, 8, tzinfo=UTC)
    slowest = random.Random()
    monkeypatch.setattr(slowest, "randint", lambda _least, most: most)
    with scoped(Scope.everything(reason="a test arranges its world")), telling_the_past():
        set_clock(nine)
        ticket = world.ticket(impact=1, urgency=1)
        teller: Any = Teller.__new__(Teller)
        teller.rng = slowest
        # Two seconds after the first response was missed, the sweep would come only in seven more.
        then = nine + timedelta(minutes=30, seconds=2)
        teller.go_on_until(then)
        assert now() == then
        assert [entry.at for entry in ticket.timeline().filter(kind="clock_breached")] == [then, then]
