"""Warnings and breaches on time: the sweep over the clocks of which something is to be told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from procrastinate.contrib.django import app

from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.events import Refused
from entraide.core.jobs import URGENT
from entraide.core.scope import Scope, scoped
from entraide.sla.clocks import alarm
from entraide.tickets import actions
from entraide.tickets.clocks import clock_of, read_at
from entraide.tickets.models import ClockRow

BATCH = 500
log = logging.getLogger("entraide.clocks")


# The sixth field is seconds: a promise is told of within 30 s of its time, a busy worker included.
@app.periodic(cron="* * * * * */10")
@app.task(name="entraide.tell_of_clocks", queue="clocks", queueing_lock="tell_of_clocks", priority=URGENT)
def tell_of_clocks(timestamp: int) -> None:
    """Write the entries of the warnings and breaches that have come."""
    tell_what_is_due()


def tell_what_is_due() -> int:
    """Tell of every clock whose time has come; return of how many. It may run at the same time anywhere else."""
    at = now()
    with scoped(Scope.everything(reason="promises fall due for every organisation")):
        return sum(_tell_or_go_on(row, at) for row in _due(at))


def _due(at: datetime) -> Iterator[ClockRow]:
    """Yield every clock of which something is due, each once: those that cannot be told of do not hold up the others."""
    after: tuple[datetime, int] | None = None
    while True:
        rows = ClockRow.objects.filter(next_alarm_at__lte=at).select_related("ticket").order_by("next_alarm_at", "pk")
        if after is not None:
            rows = rows.filter(Q(next_alarm_at__gt=after[0]) | Q(next_alarm_at=after[0], pk__gt=after[1]))
        batch = list(rows[:BATCH])
        for row in batch:
            assert row.next_alarm_at is not None
            after = (row.next_alarm_at, row.pk)
            yield row
        if len(batch) < BATCH:
            return


def _tell_or_go_on(row: ClockRow, at: datetime) -> bool:
    try:
        return _tell(row, at)
    except Exception:
        # One ticket that cannot be told of must not keep all the others from it.
        log.exception("A clock could not be told of.", extra={"ticket": row.ticket.reference, "clock": row.pk})
        return False


def _tell(row: ClockRow, at: datetime) -> bool:
    clock = clock_of(row)
    seen = read_at(clock, at)
    found = alarm(clock, seen)
    if found is None or found.at > at or seen.due_at is None:
        log.error("A clock was to be told of without need: set right.", extra={"clock": row.pk})
        ClockRow.objects.filter(pk=row.pk).update(next_alarm_at=found.at if found else None)
        return False
    try:
        actions.tell_of_clock(
            row.ticket, key=clock.key, alarm=found, due_at=seen.due_at, target_minutes=row.target_minutes
        )
    except Refused:
        # Somebody answered in this very moment, or another worker told of it.
        return False
    reach("clock-told")
    return True
