"""What those who asked say of how it went: how many, how content, by month, team and organisation.

A mark counts in the month in which it was first given, for the team that had the ticket then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.timezone import get_current_timezone

from entraide.core.actor import Actor
from entraide.reports.months import Month
from entraide.reports.promises import reached
from entraide.tickets.models import LOW_MARK, Rating

ORDER = ("-rated_at", "-pk")
MONTHS_SHOWN = 6


@dataclass(frozen=True)
class AskedRatings:
    """What somebody wants to know about; None means all. `team_id` 0 means: of no team."""

    month: Month
    organisation_id: int | None = None
    team_id: int | None = None


@dataclass(frozen=True)
class RatingFigures:
    """How many marks, their sum, and how many of them are low."""

    count: int = 0
    total: int = 0
    low: int = 0

    def __add__(self, other: RatingFigures) -> RatingFigures:
        return RatingFigures(self.count + other.count, self.total + other.total, self.low + other.low)

    @property
    def mean(self) -> float | None:
        return round(self.total / self.count, 2) if self.count else None

    @property
    def low_percent(self) -> float | None:
        return round(100 * self.low / self.count, 1) if self.count else None

    @property
    def mean_width(self) -> int:
        """The mean as a share of the best mark, for a bar of 100."""
        return int(20 * (self.mean or 0))


@dataclass(frozen=True)
class RatingReport:
    """A month: by the keys of teams (None: of none) and organisations; and the months up to it, oldest first."""

    by_team: dict[int | None, RatingFigures]
    by_organisation: dict[int, RatingFigures]
    by_month: dict[Month, RatingFigures]

    @property
    def whole(self) -> RatingFigures:
        return sum(self.by_organisation.values(), RatingFigures())


def ratings(asked: AskedRatings, *, actor: Actor, first: Month | None = None) -> QuerySet[Rating]:
    """Return the marks of the month asked about (from `first` on, where it is given), as far as scope and right reach."""
    zone = get_current_timezone()
    rows = Rating.objects.filter(
        reached(actor), rated_at__gte=(first or asked.month).start(zone), rated_at__lt=asked.month.end(zone)
    )
    if asked.organisation_id is not None:
        rows = rows.filter(organisation_id=asked.organisation_id)
    if asked.team_id is not None:
        rows = rows.filter(team_id=asked.team_id) if asked.team_id else rows.filter(team__isnull=True)
    return rows.order_by(*ORDER)


def rating_report(asked: AskedRatings, *, actor: Actor) -> RatingReport:
    """Return the figures of a month, and of those before it. Always two queries."""
    month = ratings(asked, actor=actor).order_by()
    by_team: dict[int | None, RatingFigures] = {}
    by_organisation: dict[int, RatingFigures] = {}
    for row in _counted(month, "team_id", "organisation_id"):
        figures = RatingFigures(row["count"], row["total"], row["low"])
        by_team[row["team_id"]] = by_team.get(row["team_id"], RatingFigures()) + figures
        key = row["organisation_id"]
        by_organisation[key] = by_organisation.get(key, RatingFigures()) + figures
    return RatingReport(by_team, by_organisation, _by_month(asked, actor))


def _by_month(asked: AskedRatings, actor: Actor) -> dict[Month, RatingFigures]:
    zone = get_current_timezone()
    months = [asked.month]
    while len(months) < MONTHS_SHOWN:
        months.insert(0, months[0].previous)
    rows = ratings(asked, actor=actor, first=months[0]).order_by()
    found = {
        Month.of(row["at"], zone=zone): RatingFigures(row["count"], row["total"], row["low"])
        for row in _counted(rows.annotate(at=TruncMonth("rated_at", tzinfo=zone)), "at")
    }
    return {month: found.get(month, RatingFigures()) for month in months}


def _counted(rows: QuerySet[Rating], *by: str) -> Iterable[dict[str, Any]]:
    counted: Any = rows.values(*by).annotate(
        count=Count("pk"), total=Sum("mark"), low=Count("pk", filter=Q(mark__lte=LOW_MARK))
    )
    return counted  # type: ignore[no-any-return]
