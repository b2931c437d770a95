"""What another version of an agreement would make of open tickets, to see before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from entraide.sla.clocks import Clock, Reading
from entraide.tickets.clocks import preview
from entraide.tickets.models import Ticket


@dataclass(frozen=True)
class Named:
    """A promise by its metric and, between the levels, its level (0: to the client)."""

    metric: str
    level: int


@dataclass(frozen=True)
class Change:
    """What a version would make of one ticket: the promise that falls due next, and what would be missed at once."""

    ticket: Ticket
    before: tuple[Named, datetime] | None
    after: tuple[Named, datetime] | None
    missed: tuple[Named, ...]


def change_of(ticket: Ticket, version_id: int, *, now: datetime) -> Change:
    """Return what this version would make of an open ticket at `now`."""
    compared = preview(ticket, version_id, now=now)
    return Change(
        ticket=ticket,
        before=_nearest([(clock, before) for clock, before, _after in compared]),
        after=_nearest([(clock, after) for clock, _before, after in compared]),
        missed=tuple(
            Named(clock.metric, clock.level)
            for clock, before, after in compared
            if after is not None and after.state == "breached" and (before is None or before.state != "breached")
        ),
    )


def _nearest(readings: Sequence[tuple[Clock, Reading | None]]) -> tuple[Named, datetime] | None:
    """Return the promise that falls due next, and when; None when none runs."""
    running = [
        (seen.due_at, clock)
        for clock, seen in readings
        if seen is not None and seen.state == "running" and seen.due_at is not None
    ]
    if not running:
        return None
    due_at, clock = min(running, key=lambda each: each[0])
    return Named(clock.metric, clock.level), due_at
