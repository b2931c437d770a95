"""What can be promised about a ticket: for each metric, when its clock runs, pauses and ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from entraide.sla.problems import gettext_noop

# `off`: the clock has nothing to measure (no longer on site, no longer a major incident).
Phase = Literal["running", "paused", "ended", "off"]
LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Snapshot:
    """What clocks look at: the ticket as it stood after one entry of its timeline."""

    number: int
    at: datetime
    plan_id: int | None
    kind: str
    priority: int
    level: int
    is_open: bool
    pause: str
    """The code of the reason for which the ticket waits, if that reason pauses; else empty."""
    is_answered: bool
    awaits_answer: bool
    awaits_acceptance: bool
    is_on_site: bool
    has_arrived: bool
    rhythm_minutes: int | None
    """At most so many minutes between two public updates; None when it is not a major incident."""
    last_update_number: int
    """The entry with the newest public update of the major incident, 0 before there is one."""
    is_merged: bool = False
    """The ticket is part of another one: there is nothing left to promise here."""


@dataclass(frozen=True)
class Metric:
    """One thing that is promised. `is_internal`: between the levels (OLA) rather than to the client (SLA)."""

    code: str
    name: str
    phase: Callable[[Snapshot, int], Phase]
    levels: tuple[int, ...] = (0,)
    """The levels at which it is promised; (0,) for the ticket as a whole."""
    continues: bool = False
    """A clock that had ended goes on where it stopped, rather than a new one beginning."""
    renews_on_update: bool = False
    """Every public update of a major incident ends the clock and begins the next."""

    @property
    def is_internal(self) -> bool:
        return self.levels != (0,)


def _first_response(now: Snapshot, level: int) -> Phase:
    return "ended" if now.is_answered else "running"


def _next_response(now: Snapshot, level: int) -> Phase:
    return "running" if now.is_answered and now.awaits_answer and now.is_open else "ended"


def _update_rhythm(now: Snapshot, level: int) -> Phase:
    return "running" if now.rhythm_minutes is not None and now.is_open else "off"


def _on_site_arrival(now: Snapshot, level: int) -> Phase:
    if now.has_arrived:
        return "ended"
    if not (now.is_on_site and now.is_open):
        return "off"
    return "paused" if now.pause else "running"


def _resolution(now: Snapshot, level: int) -> Phase:
    if not now.is_open:
        return "ended"
    return "paused" if now.pause else "running"


def _take_over(now: Snapshot, level: int) -> Phase:
    return "running" if now.is_open and now.awaits_acceptance and now.level == level else "ended"


def _in_hand(now: Snapshot, level: int) -> Phase:
    if not now.is_open or now.level != level or now.awaits_acceptance:
        return "ended"
    return "paused" if now.pause else "running"


METRICS: dict[str, Metric] = {
    metric.code: metric
    for metric in (
        Metric("first_response", gettext_noop("First response"), _first_response),
        Metric("next_response", gettext_noop("Next response"), _next_response),
        Metric("update_rhythm", gettext_noop("Update rhythm"), _update_rhythm, renews_on_update=True),
        Metric("on_site_arrival", gettext_noop("On-site arrival"), _on_site_arrival),
        Metric("resolution", gettext_noop("Resolution"), _resolution, continues=True),
        Metric("take_over", gettext_noop("Taking over"), _take_over, levels=(2, 3)),
        Metric("in_hand", gettext_noop("In hand"), _in_hand, levels=LEVELS, continues=True),
    )
}
# Every clock that a ticket can have: (metric, level).
EVERY_CLOCK = tuple((metric, level) for metric in METRICS.values() for level in metric.levels)
