"""The machine's clock is set while the desk runs: what is due is told, once, and the page of the clocks still opens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.core.clock import now
from entraide.tickets import actions
from entraide.tickets.clock_jobs import tell_what_is_due
from entraide.tickets.clocks import differences
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.clocks.test_on_time import LATE_AT_MOST, promise_an_answer_within, told
from tests.clocks.test_telling import NINE, of
from tests.clocks.test_telling import told as counted
from tests.world import World, everything

HOUR = timedelta(hours=1)
# The worker as it is, in a process whose clock is set by so many seconds for each line that comes in.
WORKER = """
import datetime, sys, threading
import time_machine
from entraide.config.command import main
traveller = time_machine.travel(datetime.datetime.now(datetime.UTC), tick=True).start()
def listen():
    for line in sys.stdin:
        traveller.shift(float(line))
threading.Thread(target=listen, daemon=True).start()
sys.argv = ["entraide", "jobs"]
main()
"""


@pytest.mark.django_db
def test_a_clock_that_goes_back_an_hour_and_forward_again_tells_of_everything_once(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        for minutes in (25, -60, 60, 10, -60, 30, 31):
            traveller.shift(timedelta(minutes=minutes))
            tell_what_is_due()
            tell_what_is_due()
        assert of(ticket, "first_response") == ["clock_warned", "clock_breached"]
        assert set(counted().values()) == {1}
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []


@pytest.mark.django_db
def test_what_is_done_while_the_clock_is_an_hour_behind_is_kept_and_explained(world: World) -> None:
    """The ticket was opened at nine; at half past eight, by a clock that was set back, it waits, goes on and is solved."""
    nadia = world.as_(world.nadia)
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        traveller.shift(-HOUR / 2)
        actions.reply(ticket, text="Nous regardons.", actor=nadia)
        actions.hold(ticket, reason="supplier", actor=nadia)
        traveller.shift(timedelta(minutes=5))
        actions.resume(ticket, actor=nadia)
        actions.resolve(ticket, code="solved", text="Fait.", actor=nadia)
        reader = Client(headers={"Accept-Language": "en"})
        reader.force_login(world.nadia.account)  # type: ignore[attr-defined]
        pages = [f"/desk/tickets/{ticket.number}/", f"/desk/tickets/{ticket.number}/clocks", "/desk/"]
        for _hours in range(3):
            tell_what_is_due()
            assert [reader.get(page).status_code for page in pages] == [200, 200, 200]
            traveller.shift(HOUR)
        assert counted() == {}
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []
        assert {row.state for row in ticket.clocks.filter(metric__in=["first_response", "resolution"])} == {"met"}


class SetClock:
    """A worker in a process of its own, whose clock can be set."""

    def __init__(self, desk: RunningDesk) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", WORKER], env=desk.environment(), stdin=subprocess.PIPE)

    def set_by(self, shift: timedelta) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{shift.total_seconds()}\n".encode())
        self._process.stdin.flush()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture
def committed_world(transactional_db: None) -> World:
    return World()


@pytest.fixture
def worker(committed_world: World) -> Iterator[SetClock]:
    running = SetClock(RunningDesk())
    yield running
    running.stop()


def test_a_worker_whose_clock_is_set_back_and_forward_goes_on_telling_once(
    committed_world: World, worker: SetClock
) -> None:
    def opened(*, behind: timedelta = timedelta(0)) -> Ticket:
        # Three quarters of the minute will have passed in three seconds, by the clock of the worker.
        with time_machine.travel(now() - behind - timedelta(seconds=42), tick=True):
            return committed_world.ticket()

    with everything():
        promise_an_answer_within(1)
        first = opened()
        wait_until(lambda: kinds(first) == ["clock_warned"])
        worker.set_by(-HOUR)
        second = opened(behind=HOUR)
        wait_until(lambda: kinds(second) == ["clock_warned"])
        (warned,) = told(second)
        assert timedelta(0) <= warned.at - warned.event.instant < LATE_AT_MOST
        assert kinds(first) == ["clock_warned"], "an hour ago it was not due"
        worker.set_by(HOUR)
        wait_until(lambda: kinds(first) == kinds(second) == ["clock_warned", "clock_breached"])
        for ticket in (first, second):
            assert differences(Ticket.objects.get(pk=ticket.pk)) == []
    assert set(counted().values()) == {1}


def kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in told(ticket)]


def wait_until(is_so: Callable[[], bool]) -> None:
    until: Any = time.monotonic() + LATE_AT_MOST.total_seconds()
    while not is_so():
        assert time.monotonic() < until, "nothing was told within thirty seconds"
        time.sleep(0.2)
