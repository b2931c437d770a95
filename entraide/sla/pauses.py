"""The due time of a promise whose clock pauses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from entraide.sla.calendar import Calendar
from entraide.sla.problems import CoverageError, Problem, gettext_noop
from entraide.sla.wall_time import MICROSECOND, instant, moment


def sla_target(
    calendar: Calendar,
    *,
    start: datetime,
    duration: timedelta,
    pauses: Iterable[tuple[datetime, datetime]] = (),
) -> datetime:
    """Return when `duration` of open time outside the pauses has passed since `start`.

    A pause includes its start and not its end, like an opening; pauses may overlap and come in any order. A
    duration that ends exactly where a pause starts is due there. Raises CoverageError for a pause that ends
    before it starts or a negative duration, and NeverOpen.
    """
    if duration < timedelta(0):
        raise CoverageError(Problem(gettext_noop("A target cannot be negative; give a duration of zero or more.")))
    openings = calendar.openings
    at, remaining = instant(start, zone=calendar.zone), duration // MICROSECOND
    for pause_start, pause_end in sorted(_span(calendar, pause) for pause in pauses):
        if remaining:
            before_pause = openings.open_time(at, end=pause_start) if pause_start > at else 0
            if remaining <= before_pause:
                break
            remaining -= before_pause
            at = max(at, pause_end)
        else:
            at = at if openings.is_open(at) else openings.next_open(at)
            if pause_start <= at < pause_end:
                at = pause_end
    if remaining:
        at = openings.after(at, open_time=remaining)
    elif not openings.is_open(at):
        at = openings.next_open(at)
    return moment(at, zone=calendar.zone, like=start)


def _span(calendar: Calendar, pause: tuple[datetime, datetime]) -> tuple[int, int]:
    start, end = (instant(edge, zone=calendar.zone) for edge in pause)
    if end < start:
        message = gettext_noop("The pause from %(start)s to %(end)s ends before it starts; exchange its two times.")
        said_start, said_end = (
            edge.isoformat() if calendar.zone is None else edge.astimezone(calendar.zone).isoformat() for edge in pause
        )
        raise CoverageError(Problem(message, {"start": said_start, "end": said_end}))
    return start, end
