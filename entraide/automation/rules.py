"""When an escalation rule's condition became true of a ticket. Pure: the live firing and the dry run both ask here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

from entraide.sla.calendar import Calendar
from entraide.sla.clocks import Clock, reaches, reading
from entraide.sla.coverage import add
from entraide.sla.problems import CoverageError

TriggerCode = Literal["percent", "missed", "unassigned", "unaccepted", "silent"]
CLOCK_TRIGGERS = ("percent", "missed")


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


@dataclass(frozen=True, order=True)
class Step:
    """What a rule speaks of once on a ticket: one run of one clock (by metric and level), or one silence (by its `since`)."""

    metric: str
    level: int
    key: str
    since: datetime | None = None


@dataclass(frozen=True)
class Found:
    """That the condition became true of these steps at `at`, as the ticket stood then.

    `since` is since when it can be said: the beginning of the silence, or the instant to which so much of the promise lasted. It is
    earlier than `at` where the ticket came under the rule only later, or was opened again.
    """

    at: datetime
    steps: tuple[Step, ...]
    since: datetime
    facts: Facts


def occasions(rule: Rule, life: Iterable[Facts], *, now: datetime) -> list[Found]:
    """Return when the condition became true in the life of a ticket (oldest first, up to `now`), once for each step.

    Steps of the same instant are one occasion: several promises that one silence breaks. What was true already before
    `rule.since` and has stayed so since does not count.
    """
    became: dict[Step, datetime] = {}
    spoken: set[Step] = set()
    found: list[Found] = []
    for facts, following in _with_next(life):
        if following is not None and following.at <= facts.at:
            # Two entries of one instant: it never stood like this for anybody to see.
            continue
        true_now = true_of(rule, facts, now=now) if following is None else _true_before(rule, facts, following.at)
        # What is true without a moment at which it came (another priority, another target) became true with the entry.
        became = {
            step: at if at >= facts.at else became.get(step, facts.at) for step, at in true_now.items()
        }  # fmt: skip
        new: dict[datetime, list[Step]] = defaultdict(list)
        for step, at in became.items():
            if step not in spoken and (rule.since is None or at >= rule.since):
                new[at].append(step)
        for at, steps in sorted(new.items()):
            since = min(step.since or true_now[step] for step in steps)
            found.append(Found(at, tuple(sorted(steps)), since, facts))
            spoken.update(steps)
    return found


def may_be_news(rule: Rule, facts: Facts, true_now: Mapping[Step, datetime]) -> bool:
    """Tell without the life before whether the condition can have come true since the rule is; `facts` are the newest."""
    return any(rule.since is None or max(at, facts.at) >= rule.since for at in true_now.values())


def true_of(rule: Rule, facts: Facts, *, now: datetime) -> Mapping[Step, datetime]:
    """Return of which clocks (or of which silence) the condition is true at `now`, and the instant each had reached it."""
    if not _matches(rule, facts):
        return {}
    reached: dict[Step, datetime | None] = {}
    if rule.trigger in CLOCK_TRIGGERS:
        for clock, calendar in _concerned(rule, facts):
            step = Step(clock.metric, clock.level, run_key(rule.trigger, clock))
            reached[step] = _reached(rule, clock, calendar, now)
    elif (began := _silence_began(rule, facts)) is not None:
        step = Step("", 0, f"{rule.trigger}:{began.astimezone(UTC).isoformat()}", began)
        reached[step] = _silence_ends(rule, facts, began)
    return {step: at for step, at in reached.items() if at is not None and at <= now}


def run_key(trigger: str, clock: Clock) -> str:
    """Return what tells one run of a clock from another: a clock that goes on after it had ended begins a new one.

    candidates.py builds the same in SQL.
    """
    earlier = sum(change.phase == "ended" for change in clock.changes[:-1])
    return f"{trigger}:{clock.metric}:{clock.level}:{clock.began}#{earlier + 1}"


def _true_before(rule: Rule, facts: Facts, end: datetime) -> Mapping[Step, datetime]:
    # At the instant of the next entry it was no longer so.
    return {step: at for step, at in true_of(rule, facts, now=end).items() if at < end}


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


def _silence_began(rule: Rule, facts: Facts) -> datetime | None:
    return {
        "unassigned": facts.unassigned_since,
        "unaccepted": facts.unaccepted_since,
        "silent": facts.silent_since,
    }[rule.trigger]


def _silence_ends(rule: Rule, facts: Facts, began: datetime) -> datetime | None:
    length = timedelta(minutes=rule.minutes)
    if not rule.in_coverage or facts.calendar is None:
        return began + length
    try:
        return add(facts.calendar, start=began, duration=length)
    except CoverageError:
        # The calendar has ended: no open time is left in which to be silent.
        return None
