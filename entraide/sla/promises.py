"""What one version of an agreement promises: pure data, and the check that refuses what cannot be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from entraide.sla.calendar import Calendar
from entraide.sla.metrics import METRICS
from entraide.sla.problems import CoverageError, Problem, gettext_noop

STEPS = (1, 2, 3)
PRIORITIES = (1, 2, 3, 4)
MINUTES_AT_MOST = 366 * 24 * 60
DEFAULT_MATRIX = ((1, 2, 3), (2, 3, 3), (3, 3, 4))
DEFAULT_WARN_PERCENT = 75


class AgreementError(CoverageError):
    """The agreement is not acceptable: all its faults at once."""


@dataclass(frozen=True)
class Target:
    """One promise: kind of ticket ("" for every kind) × priority → a metric, open minutes, a calendar (its id)."""

    metric: str
    priority: int
    minutes: int
    calendar: int
    kind: str = ""
    level: int = 0


@dataclass(frozen=True)
class Plan:
    """One version of an agreement, as clocks use it. It never changes; `calendars` are the versions it was made with."""

    id: int
    targets: tuple[Target, ...]
    calendars: Mapping[int, Calendar]
    matrix: tuple[tuple[int, ...], ...] = DEFAULT_MATRIX
    vip_raise: int = 0
    warn_percent: int = DEFAULT_WARN_PERCENT

    def priority(self, impact: int, urgency: int, *, raised: int = 0) -> int:
        """Return the priority (1-4) of an impact and an urgency (1-3), `raised` by so many steps."""
        return max(1, self.matrix[impact - 1][urgency - 1] - raised)

    def target(self, metric: str, *, level: int, kind: str, priority: int) -> Target | None:
        """Return what is promised, the kind's own promise before that for every kind; None where nothing is."""
        for wanted in (kind, ""):
            if found := self._by_key.get((metric, level, wanted, priority)):
                return found
        return None

    @cached_property
    def _by_key(self) -> dict[tuple[str, int, str, int], Target]:
        return {(each.metric, each.level, each.kind, each.priority): each for each in self.targets}


def read_targets(document: Mapping[str, Any]) -> tuple[Target, ...]:
    """Return the targets of a stored agreement (its form is `as_document`'s)."""
    return tuple(Target(**each) for each in document["targets"])


def as_document(
    targets: Iterable[Target], *, matrix: Iterable[Iterable[int]], vip_raise: int, warn_percent: int
) -> dict[str, Any]:
    """Return an agreement as it is stored. Raises AgreementError with every fault found."""
    kept = sorted(targets, key=lambda each: (each.metric, each.level, each.kind, each.priority))
    grid = tuple(tuple(row) for row in matrix)
    problems = [*_wrong_grid(grid), *_wrong_targets(kept), *_missing(kept)]
    if not 0 <= vip_raise <= 3:
        problems.append(Problem(gettext_noop("A VIP raises the priority by 0 to 3 steps.")))
    if not 1 <= warn_percent <= 99:
        problems.append(Problem(gettext_noop("The warning comes at 1 to 99 percent of a promise.")))
    if problems:
        raise AgreementError(*problems)
    return {
        "matrix": [list(row) for row in grid],
        "vip_raise": vip_raise,
        "warn_percent": warn_percent,
        "targets": [vars(each) for each in kept],
    }


def _wrong_grid(grid: tuple[tuple[int, ...], ...]) -> Iterable[Problem]:
    if len(grid) != 3 or any(len(row) != 3 or any(cell not in PRIORITIES for cell in row) for row in grid):
        yield Problem(gettext_noop("The priority matrix needs three rows of three priorities, from P1 to P4."))
        return
    falls = any(a > b for row in grid for a, b in pairwise(row)) or any(
        upper[i] > lower[i] for upper, lower in pairwise(grid) for i in range(3)
    )
    if falls:
        yield Problem(
            gettext_noop("In the priority matrix, more impact or more urgency may not give a lower priority.")
        )


def _wrong_targets(targets: list[Target]) -> Iterable[Problem]:
    seen: set[tuple[str, int, str, int]] = set()
    for each in targets:
        values: dict[str, object] = {"metric": METRICS[each.metric].name if each.metric in METRICS else each.metric}
        values |= {"priority": f"P{each.priority}"}
        if each.metric not in METRICS or each.level not in METRICS[each.metric].levels:
            yield Problem(gettext_noop("“%(metric)s” is not something that can be promised at this level."), values)
            continue
        if each.priority not in PRIORITIES:
            yield Problem(gettext_noop("%(priority)s is not a priority; there are P1 to P4."), values)
        if not 1 <= each.minutes <= MINUTES_AT_MOST:
            yield Problem(
                gettext_noop("%(metric)s, %(priority)s: a promise takes from one minute to one year of open time."),
                values,
            )
        key = (each.metric, each.level, each.kind, each.priority)
        if key in seen:
            yield Problem(gettext_noop("%(metric)s, %(priority)s is promised twice; keep one of them."), values)
        seen.add(key)
    yield from _resolved_before_answered(targets)


def _resolved_before_answered(targets: list[Target]) -> Iterable[Problem]:
    """Compare what a ticket of each kind would be promised, whether for its kind or for every kind."""
    by_key = {(each.metric, each.kind, each.priority): each for each in targets if each.level == 0}
    kinds = {each.kind for each in targets}
    for priority in PRIORITIES:
        for kind in kinds:
            first, last = (
                by_key.get((metric, kind, priority)) or by_key.get((metric, "", priority))
                for metric in ("first_response", "resolution")
            )
            if first and last and first.calendar == last.calendar and first.minutes > last.minutes:
                yield Problem(
                    gettext_noop("%(priority)s: the first response may not take longer than the resolution."),
                    {"priority": f"P{priority}"},
                )
                break


def _missing(targets: list[Target]) -> Iterable[Problem]:
    for priority in PRIORITIES:
        if not any(each.kind == "" and each.priority == priority and each.level == 0 for each in targets):
            yield Problem(
                gettext_noop("Nothing is promised for %(priority)s and every kind of ticket: give it a default."),
                {"priority": f"P{priority}"},
            )
