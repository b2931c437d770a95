"""Which promises were kept and which were missed in a month, and by how much.

A promise counts in the month in which it was met or, unmet, fell due: one that was met counts by its end, one that was
missed, or that still runs past its time, by its due time. A promise that runs and is not due yet counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils.timezone import get_current_timezone

from entraide.core.actor import Actor
from entraide.people.models import Organisation
from entraide.reports.figures import Figures, Overrun, Tally, figures
from entraide.reports.months import Month
from entraide.tickets.clocks import clock_of, read_at
from entraide.tickets.models import ClockRow

Outcome = Literal["met", "missed"]
RUNNING = ("running", "paused")
# The instant by which a clock belongs to a month; with the key, the order of every list of clocks.
ORDER = ("counted_at", "pk")


class Kind(NamedTuple):
    """What is promised: a metric, its level (0: the ticket as a whole) and a priority."""

    metric: str
    level: int
    priority: int


@dataclass(frozen=True)
class Asked:
    """What somebody wants a report about; None and "" mean all."""

    month: Month
    agreement_id: int | None = None
    organisation_id: int | None = None
    metric: str = ""
    level: int | None = None
    priority: int | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Report:
    """The lines of a month by agreement and by what is promised, and the line of all together."""

    by_agreement: dict[int, Figures]
    by_kind: dict[Kind, Figures]
    whole: Figures


def reached(actor: Actor) -> Q:
    """Return the condition of belonging to an organisation that this actor may have reports about."""
    ids = _reached_ids(actor)
    return Q() if ids is None else Q(organisation_id__in=ids)


def reached_organisations(actor: Actor) -> QuerySet[Organisation]:
    """Return the organisations that this actor may have reports about."""
    ids = _reached_ids(actor)
    return Organisation.objects.all() if ids is None else Organisation.objects.filter(pk__in=ids)


def clocks(asked: Asked, *, actor: Actor, now: datetime) -> QuerySet[ClockRow]:
    """Return the clocks that count in the month asked about, with `counted_at`; as far as scope and right reach."""
    counted = {"met": _met(asked.month), "missed": _missed(asked.month, now)}
    rows = ClockRow.objects.filter(counted[asked.outcome] if asked.outcome else counted["met"] | counted["missed"])
    rows = rows.filter(reached(actor))
    wanted = {
        "agreement_version__agreement_id": asked.agreement_id,
        "organisation_id": asked.organisation_id,
        "metric": asked.metric or None,
        "level": asked.level,
        "priority": asked.priority,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    counted_at = Case(When(state="met", then=F("ended_at")), default=F("due_at"))
    return rows.annotate(counted_at=counted_at).order_by(*ORDER)


def report(asked: Asked, *, actor: Actor, now: datetime) -> Report:
    """Return the figures of a month beside those of the month before. Always three queries."""
    current = _tallies(asked, actor=actor, now=now)
    earlier = _tallies(replace(asked, month=asked.month.previous), actor=actor, now=now)
    overruns = _overruns(asked, actor=actor, now=now)
    keys = current.keys() | earlier.keys()
    return Report(
        by_agreement={
            agreement: _line(current, earlier, overruns, [key for key in keys if key[0] == agreement])
            for agreement in sorted({key[0] for key in keys})
        },
        by_kind={
            kind: _line(current, earlier, overruns, [key for key in keys if key[1] == kind])
            for kind in {key[1] for key in keys}
        },
        whole=_line(current, earlier, overruns, keys),
    )


def is_missed(row: ClockRow) -> bool:
    """Tell whether a clock that counts in some month was missed."""
    return row.state != "met"


def ended_at(row: ClockRow) -> datetime | None:
    """Return when a clock stopped for good (met, missed, or there was nothing left to measure); None while it runs."""
    return row.ended_at or (None if row.state in RUNNING else clock_of(row).changes[-1].at)


def due_at(row: ClockRow) -> datetime | None:
    """Return when a promise fell due or, if it was met before, would have fallen due."""
    if row.due_at is not None or row.state != "met":
        return row.due_at
    clock = clock_of(row)
    return read_at(clock, clock.changes[-1].at).promised_at


def overrun(row: ClockRow, *, now: datetime) -> Overrun:
    """Return by how much a missed promise was missed, up to `now` while it still runs."""
    assert row.due_at is not None
    target = timedelta(minutes=row.target_minutes)
    elapsed = read_at(clock_of(row), now).elapsed if row.state == "running" else timedelta(seconds=row.elapsed_s)
    return Overrun(open_time=elapsed - target, clock_time=(ended_at(row) or now) - row.due_at)


_Key = tuple[int, Kind]


def _reached_ids(actor: Actor) -> list[int] | None:
    organisations = {grant.organisation_id for grant in actor.granted if grant.right == "reports.see"}
    if actor.kind == "system" or None in organisations:
        return None
    return sorted(each for each in organisations if each is not None)


def _met(month: Month) -> Q:
    zone = get_current_timezone()
    return Q(state="met", ended_at__gte=month.start(zone), ended_at__lt=month.end(zone))


def _missed(month: Month, now: datetime) -> Q:
    zone = get_current_timezone()
    # One list of states, one range: an index on due_at for these states answers it.
    return Q(state__in=["missed", *RUNNING], due_at__gte=month.start(zone), due_at__lt=month.end(zone), due_at__lte=now)


def _tallies(asked: Asked, *, actor: Actor, now: datetime) -> dict[_Key, Tally]:
    rows = (
        clocks(asked, actor=actor, now=now)
        .order_by()
        .values_list("agreement_version__agreement_id", "metric", "level", "priority")
        .annotate(met=Count("pk", filter=Q(state="met")), missed=Count("pk", filter=~Q(state="met")))
    )
    return {
        (agreement, Kind(metric, level, priority)): Tally(met, missed)
        for agreement, metric, level, priority, met, missed in rows
    }


def _overruns(asked: Asked, *, actor: Actor, now: datetime) -> dict[_Key, list[Overrun]]:
    found: dict[_Key, list[Overrun]] = {}
    if asked.outcome == "met":
        return found
    rows: Any = clocks(replace(asked, outcome="missed"), actor=actor, now=now).annotate(
        agreement_id=F("agreement_version__agreement_id")
    )
    for row in rows.order_by():
        key = (row.agreement_id, Kind(row.metric, row.level, row.priority))
        found.setdefault(key, []).append(overrun(row, now=now))
    return found


def _line(
    current: dict[_Key, Tally], earlier: dict[_Key, Tally], overruns: dict[_Key, list[Overrun]], keys: Iterable[_Key]
) -> Figures:
    wanted = list(keys)
    return figures(
        sum((current.get(key, Tally()) for key in wanted), Tally()),
        sum((earlier.get(key, Tally()) for key in wanted), Tally()),
        [each for key in wanted for each in overruns.get(key, ())],
    )
