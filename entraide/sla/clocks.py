"""Clocks: one promise on one ticket, a pure function of the ticket's timeline.

A clock keeps when it began to run, paused and ended, in absolute time and with the entry that caused it. All else
(elapsed, due, breached, the explanation) follows from that, the target and the calendar: another target on the same
clock is judged from the clock's beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from entraide.sla.calendar import Calendar
from entraide.sla.coverage import add, open_time_between, periods
from entraide.sla.metrics import EVERY_CLOCK, METRICS, Metric, Phase, Snapshot
from entraide.sla.problems import CoverageError
from entraide.sla.promises import Plan, Target

State = Literal["running", "paused", "breached", "met", "missed", "off"]
Kind = Literal["not_started", "running", "paused", "outside", "breached", "met", "missed", "off"]
Key = tuple[str, int, int]
ZERO = timedelta(0)
# Why a clock is off whose ticket became part of another: it goes on if that is undone.
MERGED = "merged"


@dataclass(frozen=True)
class Change:
    """From `at` on the clock is in this phase, because of entry `number`; `reason` says for whom it pauses."""

    at: datetime
    number: int
    phase: Phase
    reason: str = ""


@dataclass(frozen=True)
class Clock:
    """One clock. `began` is the entry that started it; `target` is None while nothing is promised.

    `warned_for` and `breach_told_for` are the instants of which the timeline has an entry: another target moves them,
    and then there is something new to tell.
    """

    metric: str
    level: int
    began: int
    changes: tuple[Change, ...]
    target: Target | None = None
    plan_id: int | None = None
    warned_for: datetime | None = None
    breach_told_for: datetime | None = None

    @property
    def key(self) -> Key:
        return (self.metric, self.level, self.began)

    @property
    def started_at(self) -> datetime:
        return self.changes[0].at

    @property
    def phase(self) -> Phase:
        return self.changes[-1].phase

    @property
    def is_over(self) -> bool:
        return self.phase in ("ended", "off")

    @property
    def ended_at(self) -> datetime | None:
        return self.changes[-1].at if self.phase == "ended" else None


@dataclass(frozen=True)
class Segment:
    """A stretch of the ticket's life, and the entry that caused it; `reason` says for whom it pauses.

    `breached` is open time that runs after the promise was due; `met` and `missed` are when the clock had ended.
    """

    kind: Kind
    start: datetime
    end: datetime
    number: int
    reason: str = ""


@dataclass(frozen=True)
class Reading:
    """What a clock shows. `due_at` and `warn_at` are None while it pauses before they have come, and for what was kept.

    `promised_at` is `due_at` or, of a promise that was kept, when it would have fallen due.
    """

    state: State
    elapsed: timedelta
    paused: timedelta
    remaining: timedelta
    due_at: datetime | None
    warn_at: datetime | None
    breached_at: datetime | None
    promised_at: datetime | None


@dataclass(frozen=True)
class Alarm:
    """That something is to be told, and the instant of which it is true."""

    kind: Literal["warning", "breach"]
    at: datetime


Clocks = Mapping[Key, Clock]
Plans = Callable[[int], Plan]


def advance(clocks: Clocks, now: Snapshot, *, plans: Plans) -> dict[Key, Clock]:
    """Return the clocks of a ticket after one more entry. Fold it over a timeline and you have them all."""
    after = dict(clocks)
    for metric, level in EVERY_CLOCK:
        phase: Phase = "off" if now.is_merged else metric.phase(now, level)
        current = _current(after, metric.code, level)
        if current is not None and _renews(metric, now, current):
            ended = _changed(current, Change(now.at, now.number, "ended"))
            after[ended.key], current = ended, None
        if current is None or (_is_done(current, metric) and phase in ("running", "paused")):
            if phase not in ("running", "paused"):
                continue
            fresh = Clock(metric.code, level, now.number, (Change(now.at, now.number, phase, _reason(phase, now)),))
            after[fresh.key] = fresh
        elif _moves(current, phase, now):
            moved = _changed(current, Change(now.at, now.number, phase, _reason(phase, now)))
            after[moved.key] = moved
    plan = plans(now.plan_id) if now.plan_id is not None else None
    for key, clock in after.items():
        if not clock.is_over or clocks.get(key) != clock:
            after[key] = _aimed(clock, plan, now)
    return after


def reading(clock: Clock, calendar: Calendar, *, now: datetime, warn_percent: int) -> Reading:
    """Return what a clock that has a target shows at `now`."""
    assert clock.target is not None
    target = timedelta(minutes=clock.target.minutes)
    due_at, elapsed = _reached(clock, calendar, target, now=now)
    warn_at, _elapsed = _reached(clock, calendar, target * warn_percent / 100, now=now)
    ended_at = clock.ended_at
    until = ended_at or (clock.changes[-1].at if clock.phase == "off" else now)
    is_late = due_at is not None and (due_at < until if clock.is_over else due_at <= until)
    return Reading(
        state=_state(clock, is_late=is_late),
        elapsed=elapsed,
        paused=sum((end - start for change, start, end in _stretches(clock, now) if change.phase == "paused"), ZERO),
        remaining=target - elapsed,
        due_at=due_at,
        warn_at=warn_at,
        breached_at=due_at if is_late else None,
        promised_at=due_at or _would_be_due(clock, calendar, target),
    )


def reaches(clock: Clock, calendar: Calendar, *, percent: float, now: datetime) -> datetime | None:
    """Return when `percent` of the promise is (or will be) used up; None while it pauses or if it ended before."""
    assert clock.target is not None
    at, _elapsed = _reached(clock, calendar, timedelta(minutes=clock.target.minutes) * percent / 100, now=now)
    return at


def alarm(clock: Clock, seen: Reading) -> Alarm | None:
    """Return what is to be told of a clock next, now or later: a warning or a breach of which there is no entry yet."""
    # While it pauses before it is due nothing draws near, even if the warning's time came just before: it is told on resuming.
    if clock.phase == "off" or seen.due_at is None or clock.breach_told_for == seen.due_at:
        return None
    warns = seen.warn_at is not None and clock.warned_for != seen.warn_at and not clock.is_over
    if warns and seen.warn_at and seen.breached_at is None:
        return Alarm("warning", seen.warn_at)
    return Alarm("breach", seen.due_at)


def segments(clock: Clock, calendar: Calendar, *, since: datetime, now: datetime) -> list[Segment]:
    """Return the life of the ticket from `since` to `now` as this clock sees it, without gap or overlap."""
    found: list[Segment] = []
    if since < min(clock.started_at, now):
        found.append(Segment("not_started", since, min(clock.started_at, now), clock.began))
    due_at = reading(clock, calendar, now=now, warn_percent=100).due_at if clock.target else None
    for change, start, end in _stretches(clock, now):
        for each in _cut(change, start, end, calendar):
            if due_at is None or each.end <= due_at:
                found.append(each)
            elif each.kind == "running":
                if each.start < due_at:
                    found.append(replace(each, end=due_at))
                found.append(replace(each, kind="breached", start=max(each.start, due_at)))
            elif each.kind == "met" and each.start > due_at:
                found.append(replace(each, kind="missed"))
            else:
                found.append(each)
    return _joined(found)


def _current(clocks: Clocks, metric: str, level: int) -> Clock | None:
    mine = [clock for clock in clocks.values() if clock.metric == metric and clock.level == level]
    return max(mine, key=lambda clock: clock.began, default=None)


def _renews(metric: Metric, now: Snapshot, current: Clock) -> bool:
    return metric.renews_on_update and now.last_update_number == now.number and not current.is_over


def _moves(clock: Clock, phase: Phase, now: Snapshot) -> bool:
    if clock.is_over and phase in ("ended", "off"):
        return False
    return phase != clock.phase or (phase == "paused" and now.pause != clock.changes[-1].reason)


def _is_done(clock: Clock, metric: Metric) -> bool:
    return clock.is_over and not metric.continues and clock.changes[-1].reason != MERGED


def _reason(phase: Phase, now: Snapshot) -> str:
    if now.is_merged:
        return MERGED
    return now.pause if phase == "paused" else ""


def _changed(clock: Clock, change: Change) -> Clock:
    # The machine's clock may have been set back since: no stretch ends before it began.
    at = max(change.at, clock.changes[-1].at)
    return replace(clock, changes=(*clock.changes, replace(change, at=at)))


def _aimed(clock: Clock, plan: Plan | None, now: Snapshot) -> Clock:
    """Return the clock with what is promised now."""
    target = None
    if plan is not None:
        target = plan.target(clock.metric, level=clock.level, kind=now.kind, priority=now.priority)
        if clock.metric == "update_rhythm" and now.rhythm_minutes is not None:
            target = _rhythm(plan, target, now)
    return replace(clock, target=target, plan_id=now.plan_id)


def _rhythm(plan: Plan, promised: Target | None, now: Snapshot) -> Target | None:
    """Return the rhythm that the major incident's lead chose, in the hours in which the ticket is supported."""
    assert now.rhythm_minutes is not None
    around = promised or next(
        (
            target
            for metric in ("resolution", "first_response")
            if (target := plan.target(metric, level=0, kind=now.kind, priority=now.priority))
        ),
        None,
    )
    if around is None:
        return None
    return Target("update_rhythm", now.priority, now.rhythm_minutes, around.calendar)


def _stretches(clock: Clock, now: datetime) -> Iterable[tuple[Change, datetime, datetime]]:
    for index, change in enumerate(clock.changes):
        following = clock.changes[index + 1].at if index + 1 < len(clock.changes) else max(now, change.at)
        yield change, change.at, following


def _reached(
    clock: Clock, calendar: Calendar, target: timedelta, *, now: datetime
) -> tuple[datetime | None, timedelta]:
    """Return when so much open running time has passed (None: not yet, and it does not run) and how much has by `now`."""
    elapsed, at = ZERO, None
    for index, change in enumerate(clock.changes):
        if change.phase != "running":
            continue
        is_last = index + 1 == len(clock.changes)
        end = now if is_last else clock.changes[index + 1].at
        passed = open_time_between(calendar, start=change.at, end=end) if end > change.at else ZERO
        if at is None and (is_last or elapsed + passed >= target):
            at = _added(calendar, change.at, target - elapsed)
            # A promise used up to the last second when the clock stops was used up then, not at the next opening.
        elapsed += passed
    return at, elapsed


def _would_be_due(clock: Clock, calendar: Calendar, target: timedelta) -> datetime | None:
    if clock.phase != "ended":
        return None
    still_going = replace(clock, changes=clock.changes[:-1])
    return _reached(still_going, calendar, target, now=clock.changes[-1].at)[0] if still_going.changes else None


def _added(calendar: Calendar, start: datetime, duration: timedelta) -> datetime | None:
    try:
        return add(calendar, start=start, duration=duration)
    except CoverageError:
        # A calendar may end (a last override, a contract's last day): then this promise never falls due.
        return None


def _state(clock: Clock, *, is_late: bool) -> State:
    if clock.phase == "off":
        return "missed" if is_late else "off"
    if clock.phase == "ended":
        return "missed" if is_late else "met"
    if is_late:
        return "breached"
    return "paused" if clock.phase == "paused" else "running"


def _cut(change: Change, start: datetime, end: datetime, calendar: Calendar) -> Iterable[Segment]:
    if start == end:
        return
    if change.phase != "running":
        kind: Kind = "met" if change.phase == "ended" else "off" if change.phase == "off" else "paused"
        yield Segment(kind, start, end, change.number, change.reason)
        return
    at = start
    for opening, closing in periods(calendar, start=start, end=end):
        if opening > at:
            yield Segment("outside", at, opening, change.number)
        yield Segment("running", opening, closing, change.number)
        at = closing
    if at < end:
        yield Segment("outside", at, end, change.number)


def _joined(found: Iterable[Segment]) -> list[Segment]:
    joined: list[Segment] = []
    for each in found:
        if each.start == each.end:
            continue
        last = joined[-1] if joined else None
        if last and (last.kind, last.number, last.reason, last.end) == (
            each.kind,
            each.number,
            each.reason,
            each.start,
        ):
            joined[-1] = replace(last, end=each.end)
        else:
            joined.append(each)
    return joined


__all__ = [
    "METRICS", "Alarm", "Change", "Clock", "Clocks", "Key", "Reading", "Segment", "Snapshot", "advance", "alarm", "reaches", "reading",
    "segments",
]  # fmt: skip
