"""How long tickets stay at each level, how they come and how they leave.

A stay counts in the month in which the ticket came to the level. How long accepting took is only known of handovers: who
opens a ticket at a level, or moves it there, asks nobody to accept it. All lengths are in clock time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.timezone import get_current_timezone

from entraide.core.actor import Actor
from entraide.reports.months import Month
from entraide.reports.promises import reached
from entraide.tickets.models import LevelStay

ORDER = ("started_at", "pk")
# How a stay can have ended, besides the stored endings: it goes on.
GOES_ON = "open"
OUTCOMES = (*LevelStay.Ending.values, GOES_ON)
HANDED_OVER = ~Q(accepted_at=F("started_at"))


@dataclass(frozen=True)
class AskedStays:
    """What somebody wants to know about; None and "" mean all. `team_id` 0 means: of no team."""

    month: Month
    organisation_id: int | None = None
    level: int | None = None
    team_id: int | None = None
    outcome: str = ""


@dataclass(frozen=True)
class LevelFigures:
    """One line: a level as a whole (`team_id` None and `is_whole`) or one team at it. Shares are of all its stays."""

    level: int
    team_id: int | None
    is_whole: bool
    stays: int
    escalated: int
    returned: int
    moved: int
    solved: int
    open: int
    handovers: int
    unaccepted: int
    accept_median: timedelta | None
    accept_p90: timedelta | None
    in_hand_median: timedelta | None
    in_hand_p90: timedelta | None

    @property
    def returned_percent(self) -> float | None:
        return self._percent(self.returned)

    @property
    def solved_percent(self) -> float | None:
        return self._percent(self.solved)

    @property
    def solved_width(self) -> int:
        return int(self.solved_percent or 0)

    def _percent(self, part: int) -> float | None:
        return round(100 * part / self.stays, 1) if self.stays else None


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont of lengths; `share` from 0 to 1."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Percentile"

    def __init__(self, expression: Any, *, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, output_field=DurationField(), **extra)


def stays(asked: AskedStays, *, actor: Actor, now: datetime) -> QuerySet[LevelStay]:
    """Return the stays that began in the month asked about, with `accept_length` and `in_hand_length`."""
    zone = get_current_timezone()
    # The level first: the index on stays is (level, started_at).
    levels = [asked.level] if asked.level is not None else [1, 2, 3]
    rows = LevelStay.objects.filter(
        reached(actor),
        level__in=levels,
        started_at__gte=asked.month.start(zone),
        started_at__lt=asked.month.end(zone),
        started_at__lte=now,
    )
    if asked.organisation_id is not None:
        rows = rows.filter(organisation_id=asked.organisation_id)
    if asked.team_id is not None:
        rows = rows.filter(team_id=asked.team_id) if asked.team_id else rows.filter(team_id__isnull=True)
    if asked.outcome:
        rows = rows.filter(ended_at=None) if asked.outcome == GOES_ON else rows.filter(ending=asked.outcome)
    return rows.annotate(
        accept_length=ExpressionWrapper(F("accepted_at") - F("started_at"), output_field=DurationField()),
        in_hand_length=ExpressionWrapper(
            Coalesce(F("ended_at"), Value(now)) - F("accepted_at"), output_field=DurationField()
        ),
    ).order_by(*ORDER)


def level_figures(asked: AskedStays, *, actor: Actor, now: datetime) -> list[LevelFigures]:
    """Return the lines of a month: each level, and below it its teams. Always two queries."""
    rows = stays(asked, actor=actor, now=now).order_by()
    levels: Any = rows.values("level").annotate(**_measures())
    teams: Any = rows.values("level", "team_id").annotate(**_measures())
    lines = [LevelFigures(team_id=None, is_whole=True, **row) for row in levels]
    lines += [LevelFigures(is_whole=False, **row) for row in teams]
    return sorted(lines, key=lambda each: (each.level, not each.is_whole, each.team_id or 0))


def needed_acceptance(stay: LevelStay) -> bool:
    """Tell whether a stay began with a handover that somebody had to accept."""
    return stay.accepted_at != stay.started_at


def _measures() -> dict[str, Any]:
    ending = LevelStay.Ending
    return {
        "stays": Count("pk"),
        "escalated": Count("pk", filter=Q(ending=ending.ESCALATED)),
        "returned": Count("pk", filter=Q(ending=ending.RETURNED)),
        "moved": Count("pk", filter=Q(ending=ending.MOVED)),
        "solved": Count("pk", filter=Q(ending=ending.RESOLVED)),
        "open": Count("pk", filter=Q(ended_at=None)),
        "handovers": Count("pk", filter=HANDED_OVER | Q(accepted_at=None)),
        "unaccepted": Count("pk", filter=Q(accepted_at=None)),
        "accept_median": Percentile("accept_length", share=0.5, filter=HANDED_OVER),
        "accept_p90": Percentile("accept_length", share=0.9, filter=HANDED_OVER),
        "in_hand_median": Percentile("in_hand_length", share=0.5),
        "in_hand_p90": Percentile("in_hand_length", share=0.9),
    }
