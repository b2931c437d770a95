"""Warnings and breaches: on time, once each, whoever else looks and whatever stops in between."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from entraide.tickets import actions, merging
from entraide.tickets.clock_jobs import tell_of_clocks, tell_what_is_due
from entraide.tickets.clocks import differences
from entraide.tickets.models import ClockRow, Ticket, TicketEntry
from tests.world import World, everything

NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva
TOLD = ("clock_warned", "clock_breached")


def told() -> Counter[tuple[Any, ...]]:
    """Return how often the timelines tell of each alarm of each clock."""
    with everything():
        entries = TicketEntry.objects.filter(kind__in=TOLD).select_related("ticket")
        return Counter(
            (
                entry.ticket.number,
                entry.kind,
                entry.event.metric,
                entry.event.level,
                entry.event.began,
                entry.event.instant,
            )
            for entry in entries
        )


def of(ticket: Ticket, metric: str) -> list[str]:
    with everything():
        return [entry.kind for entry in ticket.timeline().filter(kind__in=TOLD) if entry.event.metric == metric]


@pytest.mark.django_db
def test_a_promise_is_warned_of_at_three_quarters_and_missed_at_its_time_each_once(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        seen = []
        for _minute in range(60):
            tell_what_is_due()
            tell_what_is_due()
            seen.append(of(ticket, "first_response"))
            traveller.shift(timedelta(minutes=1))
        # 75 % of 30 minutes is 22 min 30: noticed at the 23rd minute.
        assert seen[22] == [] and seen[23] == ["clock_warned"]
        assert seen[29] == ["clock_warned"] and seen[30] == seen[-1] == ["clock_warned", "clock_breached"]
        breach: Any = ticket.timeline().filter(kind="clock_breached").first()
        assert breach.event.due_at == NINE + timedelta(minutes=30)


@pytest.mark.django_db
def test_what_was_missed_is_told_of_although_the_ticket_was_merged_before_the_next_sweep(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket, whole = world.ticket(impact=1, urgency=1), world.ticket(impact=3, urgency=3)
        traveller.shift(timedelta(minutes=31))
        actions.reply(ticket, text="Quel modèle ?", actor=world.as_(world.nadia))
        merging.merge(ticket, into=whole, actor=world.as_(world.nadia))
        tell_what_is_due()
        tell_what_is_due()
        assert of(ticket, "first_response") == ["clock_breached"]
        assert not ClockRow.objects.filter(ticket=ticket, next_alarm_at__isnull=False).exists()
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []


@pytest.mark.django_db
def test_the_time_of_a_breach_is_when_it_was_due_and_not_when_it_was_noticed(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        traveller.shift(timedelta(days=3))
        tell_what_is_due()
        assert of(ticket, "first_response") == ["clock_breached"], "a warning would come too late to be one"
        breach: Any = ticket.timeline().filter(kind="clock_breached", data__metric="first_response").get()
        assert breach.event.instant == NINE + timedelta(minutes=30)
        assert breach.at == NINE + timedelta(days=3)


@pytest.mark.django_db
def test_an_answer_in_time_is_not_warned_of(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        traveller.shift(timedelta(minutes=10))
        actions.reply(ticket, text="Nous regardons.", actor=world.as_(world.nadia))
        traveller.shift(timedelta(hours=20))
        tell_what_is_due()
        assert of(ticket, "first_response") == []


@pytest.mark.django_db
def test_a_pause_postpones_the_warning_and_a_new_priority_brings_it_forward(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket()
        due = ticket.clocks.get(metric="resolution").due_at
        traveller.shift(timedelta(hours=1))
        actions.hold(ticket, reason="supplier", actor=world.as_(world.nadia))
        assert ticket.clocks.get(metric="resolution").due_at is None
        traveller.shift(timedelta(hours=1))
        actions.resume(ticket, actor=world.as_(world.nadia))
        # It was due at the end of the Wednesday, 17:30: an hour more passes into Thursday morning.
        assert due == datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
        assert ticket.clocks.get(metric="resolution").due_at == datetime(2026, 3, 5, 7, 30, tzinfo=UTC)
        actions.set_priority(ticket, priority=1, reason="Paie", actor=world.as_(world.nadia))
        # Four hours from 09:00 with one of pause: 12:00 less an hour, and two after lunch.
        row = ticket.clocks.get(metric="resolution")
        assert row.due_at == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []


@pytest.mark.django_db
def test_what_waits_is_not_warned_of_before_it_goes_on_and_no_sweep_finds_it_again(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket()
        actions.reply(ticket, text="Quel modèle ?", actor=world.as_(world.nadia))
        traveller.shift(timedelta(hours=3, minutes=30))
        actions.hold(ticket, reason="supplier", actor=world.as_(world.nadia))
        # Of the four hours of a P1, three and a half are used up.
        actions.set_priority(ticket, priority=1, reason="Paie", actor=world.as_(world.nadia))
        tell_what_is_due()
        assert not ClockRow.objects.filter(next_alarm_at__lte=NINE + timedelta(hours=4)).exists()
        assert of(ticket, "resolution") == []
        traveller.shift(timedelta(hours=1))
        actions.resume(ticket, actor=world.as_(world.nadia))
        tell_what_is_due()
        assert of(ticket, "resolution") == ["clock_warned"]


@pytest.mark.django_db
def test_those_that_cannot_be_told_of_do_not_hold_up_the_others(world: World, monkeypatch: Any) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        broken, fine = (world.ticket(impact=1, urgency=1) for _n in range(2))
        traveller.shift(timedelta(hours=1))
        told_of = actions.tell_of_clock

        def tell(ticket: Ticket, **facts: Any) -> Any:
            if ticket.pk == broken.pk:
                raise ValueError
            return told_of(ticket, **facts)

        monkeypatch.setattr("entraide.tickets.clock_jobs.BATCH", 1)
        monkeypatch.setattr(actions, "tell_of_clock", tell)
        tell_what_is_due()
        assert of(broken, "first_response") == []
        assert of(fine, "first_response") == ["clock_breached"]


@pytest.mark.django_db
def test_what_was_told_is_told_again_only_if_another_target_makes_it_another_time(world: World) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=1)
        traveller.shift(timedelta(minutes=31))
        tell_what_is_due()
        actions.set_priority(ticket, priority=4, reason="Peut attendre", actor=world.as_(world.nadia))
        tell_what_is_due()
        assert of(ticket, "first_response") == ["clock_breached"]
        actions.set_priority(ticket, priority=1, reason="Non", actor=world.as_(world.nadia))
        tell_what_is_due()
        assert of(ticket, "first_response") == ["clock_breached"]
        actions.set_priority(ticket, priority=2, reason="Mieux", actor=world.as_(world.nadia))
        traveller.shift(timedelta(hours=2))
        tell_what_is_due()
        assert of(ticket, "first_response") == ["clock_breached", "clock_breached"]


def test_the_sweep_comes_every_ten_seconds() -> None:
    from croniter import croniter
    from procrastinate.contrib.django import app

    periodic = app.periodic_registry.periodic_tasks[(tell_of_clocks.name, "")]
    times = croniter(periodic.cron, 0.0)
    assert [times.get_next(float) for _ in range(3)] == [10.0, 20.0, 30.0]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_of_everything_once(world: World) -> None:
    with time_machine.travel(NINE, tick=False) as traveller:
        with everything():
            for _n in range(6):
                world.ticket(impact=1, urgency=1)
        traveller.shift(timedelta(minutes=25))
        ready = threading.Barrier(2)

        def sweep() -> None:
            ready.wait()
            tell_what_is_due()
            connection.close()

        threads = [threading.Thread(target=sweep) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # First response and time in hand of each: both are half an hour for a P1.
    assert len(told()) == 12
    assert set(told().values()) == {1}


WORKER = """
import django
django.setup()
import sys
from entraide.tickets.clock_jobs import tell_what_is_due
print("ready", flush=True)
sys.stdin.read()
tell_what_is_due()
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["recorded:2", "clock-told:2"])
def test_two_workers_one_of_them_killed_tell_of_everything_once(world: World, place: str) -> None:
    """Each worker is a process of its own; the first is killed by SIGKILL within its second entry or after it."""
    with everything(), time_machine.travel(NINE, tick=False):
        for _n in range(25):
            world.ticket(impact=1, urgency=1)
    at = {"ENTRAIDE_CLOCK": (NINE + timedelta(minutes=31)).isoformat()}
    doomed = start_worker({**at, "ENTRAIDE_CRASH_AT": place})
    other = start_worker(at)
    for worker in (doomed, other):
        assert worker.stdout.readline() == b"ready\n"
    # The doomed one has a head start, else the other may leave it nothing to die at.
    doomed.stdin.close()
    until = time.monotonic() + 30
    while not told() and time.monotonic() < until:
        pass
    other.stdin.close()
    assert doomed.wait(60) == -9
    assert other.wait(60) == 0
    # What the killed one held is done by whoever sweeps next.
    last = start_worker(at)
    last.stdin.close()
    assert last.wait(60) == 0
    assert len(told()) == 50
    assert set(told().values()) == {1}
    with everything():
        assert not ClockRow.objects.filter(next_alarm_at__lte=NINE + timedelta(minutes=31)).exists()
        for ticket in Ticket.objects.all():
            assert differences(ticket) == []


def start_worker(extra: dict[str, str]) -> Any:
    """Start a sweep that says when it is ready, and begins when its standard input is closed."""
    to = connection.settings_dict
    who = f"{to['USER']}:{to['PASSWORD']}" if to["PASSWORD"] else to["USER"]
    url = f"postgresql://{who}@{to['HOST']}:{to['PORT']}/{to['NAME']}"
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "entraide.config.settings", "DATABASE_URL": url,
        "ENTRAIDE_MODE": "development", **extra,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", WORKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
