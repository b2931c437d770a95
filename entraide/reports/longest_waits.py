"""Why promises were missed: for each, the longest stretch in which nothing happened, and what was waited for in it.

A stretch lies between two entries of the timeline; only the clock's running time in the hours of its calendar counts. What
the desk enters by itself (a warning, a breach) ends no stretch unless it changes what is waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from entraide.reports.promises import ended_at
from entraide.sla.calendar import Calendar
from entraide.sla.clocks import Clock
from entraide.sla.coverage import open_time_between
from entraide.tickets.clocks import calendar_for, clock_of
from entraide.tickets.models import ClockRow, Ticket, TicketEntry
from entraide.tickets.status import Status

ANALYSED_AT_MOST = 500
BATCH = 100
ZERO = timedelta(0)


@dataclass(frozen=True)
class Cause:
    """What a ticket waits for. `reason` is the code of a pending reason that does not pause this clock."""

    kind: Literal["handover", "untaken", "hold", "answer", "work"]
    level: int
    reason: str = ""


@dataclass(frozen=True)
class Standing:
    """How a ticket stood after one entry of its timeline."""

    number: int
    at: datetime
    cause: Cause
    person_id: int | None


@dataclass(frozen=True)
class Wait:
    """The longest stretch of a clock: after which entry, what was waited for, in whose hands it was, how long."""

    after: int
    start: datetime
    cause: Cause
    person_id: int | None
    length: timedelta


@dataclass(frozen=True)
class Sum:
    """One cause over several clocks."""

    cause: Cause
    count: int
    length: timedelta


def longest_waits(rows: Iterable[ClockRow], *, now: datetime) -> dict[int, Wait]:
    """Return the longest wait of each clock, by its key; a clock that never ran in open hours has none.

    One query for every hundred tickets.
    """
    wanted = list(rows)
    found: dict[int, Wait] = {}
    ticket_ids = sorted({row.ticket_id for row in wanted})
    for first in range(0, len(ticket_ids), BATCH):
        standings = _standings(ticket_ids[first : first + BATCH])
        for row in wanted:
            if row.ticket_id in standings:
                clock = clock_of(row)
                wait = longest(clock, calendar_for(clock), standings[row.ticket_id], until=ended_at(row) or now)
                if wait is not None:
                    found[row.pk] = wait
    return found


def longest(clock: Clock, calendar: Calendar, standings: Sequence[Standing], *, until: datetime) -> Wait | None:
    """Return the longest wait of a clock between its beginning and `until`; the first of several of one length."""
    since = max((each.number for each in standings if each.number <= clock.began), default=clock.began)
    mine = [each for each in standings if each.number >= since and each.at < until]
    ends = [*(each.at for each in mine[1:]), until]
    waits = [
        Wait(
            each.number, max(each.at, clock.started_at), each.cause, each.person_id, _ran(clock, calendar, each.at, end)
        )
        for each, end in zip(mine, ends, strict=True)
    ]
    best = max(waits, key=lambda each: each.length, default=None)
    return best if best is not None and best.length > ZERO else None


def sums(waits: Iterable[Wait]) -> list[Sum]:
    """Return the causes with how often and how long in all, the largest first."""
    by_cause: dict[Cause, list[timedelta]] = {}
    for each in waits:
        by_cause.setdefault(each.cause, []).append(each.length)
    found = [Sum(cause, len(lengths), sum(lengths, ZERO)) for cause, lengths in by_cause.items()]
    return sorted(found, key=lambda each: (-each.length, -each.count, each.cause.kind, each.cause.level))


def cause_of(ticket: Ticket) -> Cause:
    """Return what a ticket waits for as it stands."""
    if ticket.awaits_acceptance:
        return Cause("handover", ticket.level)
    if ticket.status == Status.WAITING:
        return Cause("hold", ticket.level, ticket.pending_reason)
    if ticket.assignee_id is None:
        return Cause("untaken", ticket.level)
    return Cause("answer" if ticket.awaits_answer else "work", ticket.level)


def _standings(ticket_ids: Sequence[int]) -> dict[int, list[Standing]]:
    """Return how these tickets stood after each entry that a stretch may begin with."""
    found: dict[int, list[Standing]] = {}
    folded: dict[int, Ticket] = {}
    entries = TicketEntry.objects.filter(ticket_id__in=ticket_ids).order_by("ticket_id", "number")
    for entry in entries:
        # As Story.replayed() does, without the clocks: they are rows already.
        ticket = folded.setdefault(entry.ticket_id, Ticket(pk=entry.ticket_id))
        moment = entry.moment()
        entry.event.apply(ticket, moment)
        ticket.version = moment.number
        mine = found.setdefault(entry.ticket_id, [])
        standing = Standing(entry.number, entry.at, cause_of(ticket), ticket.assignee_id)
        is_by_itself = entry.actor_kind == "system"
        if not (is_by_itself and mine and (mine[-1].cause, mine[-1].person_id) == (standing.cause, standing.person_id)):
            mine.append(standing)
    return found


def _ran(clock: Clock, calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return how long the clock ran in open hours between two instants."""
    ran = ZERO
    ends = [*(later.at for _earlier, later in pairwise(clock.changes)), end]
    for change, change_end in zip(clock.changes, ends, strict=True):
        first, last = max(start, change.at), min(end, change_end)
        if change.phase == "running" and first < last:
            ran += open_time_between(calendar, start=first, end=last)
    return ran
