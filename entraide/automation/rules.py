"""When an escalation rule's condition became true of a ticket. Pure: the live firing and the dry run both ask here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from entraide.sla.calendar import Calendar
from entraide.sla.clocks import Clock, Key, reaches, reading
from entraide.sla.coverage import add
from entraide.sla.problems import CoverageError

TriggerCode = Literal["percent", "missed", "unassigned", "unaccepted", "silent"]
CLOCK_TRIGGERS = ("percent", "missed")
SILENCE: Key = ("", 0, 0)


@dataclass(frozen=True)
class Rule:
    """A rule as one asks it. Empty conditions hold for every ticket; it looks at what became true from `since` on.

    `metric` "" means any promise, at every level where `level` is 0. `percent` is of the promised open time, `minutes` the
    length of a silence: of open time with `in_coverage`.
    """

    trigger: TriggerCode
    metric: str = ""
    level: int = 0
    percent: int = 75
    minutes: int = 10
    in_coverage: bool = False
    priorities: frozenset[int] = frozenset()
    levels: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    team_ids: frozenset[int] = frozenset()
    since: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """A ticket as it stood from `at` on, until its next entry. The `…_since` are None where there is no such silence."""

    at: datetime
    is_open: bool
    kind: str
    priority: int
    level: int
    organisation_id: int
    team_id: int | None
    assignee_id: int | None
    clocks: tuple[tuple[Clock, Calendar], ...]
    calendar: Calendar | None
    unassigned_since: datetime | None
    unaccepted_since: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True)
class Found:
    """That the condition became true at `at`, as the ticket stood then; `metric` is empty for a silence."""

    at: datetime
    metric: str
    level: int
    facts: Facts


def when(rule: Rule, life: Iterable[Facts], *, now: datetime) -> Found | None:
    """Return when the condition first became true in the life of a ticket (oldest first, up to `now`), or None.

    What was true already before `rule.since` and has stayed so since does not count.
    """
    became: dict[Key, datetime] = {}
    for facts, following in _with_next(life):
        true_now = true_of(rule, facts, now=now) if following is None else _true_before(rule, facts, following.at)
        # What is true without a moment at which it came (another priority, another target) became true with the entry.
        became = {
            key: at if at >= facts.at else became.get(key, facts.at) for key, at in true_now.items()
        }  # fmt: skip
        new = [(at, key) for key, at in became.items() if rule.since is None or at >= rule.since]
        if new:
            at, (metric, level, _began) = min(new)
            return Found(at, metric, level, facts)
    return None


def may_be_news(rule: Rule, facts: Facts, true_now: Mapping[Key, datetime]) -> bool:
    """Tell without the life before whether the condition can have come true since the rule is; `facts` are the newest."""
    return any(rule.since is None or max(at, facts.at) >= rule.since for at in true_now.values())


def true_of(rule: Rule, facts: Facts, *, now: datetime) -> Mapping[Key, datetime]:
    """Return by which clocks (or the silence) the condition is true at `now`, and the instant each had reached it."""
    if not _matches(rule, facts):
        return {}
    if rule.trigger in CLOCK_TRIGGERS:
        reached = {clock.key: _reached(rule, clock, calendar, now) for clock, calendar in _concerned(rule, facts)}
    else:
        reached = {SILENCE: _silence_ends(rule, facts)}
    return {key: at for key, at in reached.items() if at is not None and at <= now}


def _true_before(rule: Rule, facts: Facts, end: datetime) -> Mapping[Key, datetime]:
    # At the instant of the next entry it was no longer so.
    return {key: at for key, at in true_of(rule, facts, now=end).items() if at < end}


def _with_next(life: Iterable[Facts]) -> Iterable[tuple[Facts, Facts | None]]:
    yield from pairwise([*life, None])


def _matches(rule: Rule, facts: Facts) -> bool:
    return facts.is_open and all(
        not wanted or value in wanted
        for wanted, value in (
            (rule.priorities, facts.priority),
            (rule.levels, facts.level),
            (rule.kinds, facts.kind),
            (rule.organisation_ids, facts.organisation_id),
            (rule.team_ids, facts.team_id),
        )
    )


def _concerned(rule: Rule, facts: Facts) -> Iterable[tuple[Clock, Calendar]]:
    for clock, calendar in facts.clocks:
        is_meant = not rule.metric or (clock.metric == rule.metric and rule.level in (0, clock.level))
        if clock.target is not None and is_meant:
            yield clock, calendar


def _reached(rule: Rule, clock: Clock, calendar: Calendar, now: datetime) -> datetime | None:
    if rule.trigger == "missed":
        return reading(clock, calendar, now=now, warn_percent=100).breached_at
    # A promise that is kept by now, however late in its time, needs nobody's attention.
    return None if clock.is_over else reaches(clock, calendar, percent=rule.percent, now=now)


def _silence_ends(rule: Rule, facts: Facts) -> datetime | None:
    began = {
        "unassigned": facts.unassigned_since,
        "unaccepted": facts.unaccepted_since,
        "silent": facts.silent_since,
    }[rule.trigger]
    if began is None:
        return None
    length = timedelta(minutes=rule.minutes)
    if not rule.in_coverage or facts.calendar is None:
        return began + length
    try:
        return add(facts.calendar, start=began, duration=length)
    except CoverageError:
        # The calendar has ended: no open time is left in which to be silent.
        return None
