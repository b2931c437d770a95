"""Reads an iCalendar file (RFC 5545) as closed dates and breaks; whole days close, hours interrupt.

Nothing of it is trusted: its size, the number of its events, and how often they recur are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from entraide.sla.icalendar_recurrence import Budget, recurrences
from entraide.sla.problems import CoverageError, Problem, gettext_noop

MOST_BYTES = 1_000_000
MOST_EVENTS = 2_000
MOST_DATES = 4_000
YEARS_AHEAD = 5

Hours = list[tuple[int, int]]
"""Minutes since midnight, sorted and apart."""


class IcalendarError(CoverageError):
    """The file is not iCalendar, or more than will be read."""


@dataclass
class Found:
    """What a file would add: `closed` by day with the names of the events, `breaks` by day."""

    closed: dict[date, str] = field(default_factory=dict)
    breaks: dict[date, Hours] = field(default_factory=dict)
    left_out: int = 0
    """Events outside the years read, cancelled, without a length, or not readable."""


def read_icalendar(raw: bytes, *, zone: ZoneInfo, since: date) -> Found:
    """Return what the file says for `since` and the five years after, in the wall time of `zone`.

    Raises IcalendarError.
    """
    events = _events(raw)
    # The day after five years; 29 February has no other such day.
    end = since.replace(year=since.year + YEARS_AHEAD, day=min(since.day, 28))
    found, budget = Found(), Budget()
    replaced = _replaced(events, zone)
    for event in events:
        try:
            is_used = _add(event, found, zone=zone, window=(since, end), replaced=replaced, budget=budget)
        except (ValueError, TypeError, OverflowError, AttributeError, KeyError, IndexError):
            # What people's programs write into these files is beyond counting: leave the one event out, and say so.
            is_used = False
        found.left_out += not is_used
        if len(found.closed) + len(found.breaks) > MOST_DATES:
            message = gettext_noop("The file holds more than %(n)d dates of the next five years; take a smaller one.")
            raise IcalendarError(Problem(message, {"n": MOST_DATES}))
    found.closed = dict(sorted(found.closed.items()))
    found.breaks = {day: united(hours) for day, hours in sorted(found.breaks.items())}
    return found


def united(hours: Iterable[tuple[int, int]]) -> Hours:
    """Return the intervals with those that overlap or touch made one."""
    result: Hours = []
    for start, end in sorted(hours):
        if result and start <= result[-1][1]:
            start, end = result[-1][0], max(end, result.pop()[1])
        result.append((start, end))
    return result


def _events(raw: bytes) -> list[Any]:
    if len(raw) > MOST_BYTES:
        raise IcalendarError(Problem(gettext_noop("The file is larger than 1 MB; take a smaller one.")))
    not_one = Problem(gettext_noop("This is not an iCalendar file (.ics); export the calendar as one and try again."))
    if b"BEGIN:VCALENDAR" not in raw[:2000].upper():
        raise IcalendarError(not_one)
    if raw.upper().count(b"BEGIN:VEVENT") > MOST_EVENTS:
        message = gettext_noop("The file holds more than %(n)d events; take a smaller one.")
        raise IcalendarError(Problem(message, {"n": MOST_EVENTS}))
    try:
        # Bytes, never text: the library would take text without line breaks for the name of a file.
        calendars = icalendar.Calendar.from_ical(_without_zones(raw), multiple=True)
        return [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        raise IcalendarError(not_one) from None


def _without_zones(raw: bytes) -> bytes:
    """Leave out the file's own definitions of zones: known names need none, and their rules could run for ever."""
    kept, is_zone = [], False
    for line in raw.splitlines(keepends=True):
        word = line.strip().upper()
        if word == b"BEGIN:VTIMEZONE":
            is_zone = True
        if not is_zone:
            kept.append(line)
        if word == b"END:VTIMEZONE":
            is_zone = False
    return b"".join(kept)


def _replaced(events: Iterable[Any], zone: ZoneInfo) -> set[tuple[str, date]]:
    """Return which occurrences of which series have an event of their own instead."""
    found = set()
    for event in events:
        instead_of = getattr(event.get("RECURRENCE-ID"), "dt", None)
        if isinstance(instead_of, date):
            found.add((str(event.get("UID", "")), _wall(instead_of, zone)))
    return found


def _add(
    event: Any,
    found: Found,
    *,
    zone: ZoneInfo,
    window: tuple[date, date],
    replaced: set[tuple[str, date]],
    budget: Budget,
) -> bool:
    """Add one event and its recurrences; tell whether any of it lay within the window."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    first = event["DTSTART"].dt
    length = _length(event, first)
    if length <= timedelta(0):
        return False
    uid, is_single = str(event.get("UID", "")), "RECURRENCE-ID" in event
    is_used = False
    for start in [first] if is_single else recurrences(event, first, window=window, length=length, budget=budget):
        if not is_single and (uid, _wall(start, zone)) in replaced:
            continue
        if isinstance(start, datetime):
            # From absolute times: a night of the clock change is an hour longer or shorter on the wall.
            span = _wall(start, zone), _wall(_later(start, length), zone)
            for day, hours in _days_of(*span, window=window):
                found.breaks.setdefault(day, []).append(hours)
                is_used = True
        else:
            for day in _days(start, start + length, window=window):
                name = " ".join(str(event.get("SUMMARY", "")).split())[:120]
                found.closed[day] = found.closed.get(day) or name
                is_used = True
    return is_used


def _length(event: Any, first: Any) -> timedelta:
    length: timedelta
    if "DTEND" in event:
        end = event["DTEND"].dt
        if isinstance(first, datetime) and isinstance(end, datetime) and (first.tzinfo is None) != (end.tzinfo is None):
            end, first = end.replace(tzinfo=None), first.replace(tzinfo=None)
        if isinstance(first, datetime) and first.tzinfo is not None:
            return timedelta(seconds=(end.astimezone(UTC) - first.astimezone(UTC)).total_seconds())
        # A whole day that is said to end on the day on which it starts is meant to last it.
        length = end - first
        return length if isinstance(first, datetime) else max(length, timedelta(days=1))
    if "DURATION" in event:
        length = event["DURATION"].dt
        return length
    return timedelta(0) if isinstance(first, datetime) else timedelta(days=1)


def _later(start: datetime, length: timedelta) -> datetime:
    return start + length if start.tzinfo is None else start.astimezone(UTC) + length


def _wall(start: Any, zone: ZoneInfo) -> Any:
    """Return a date as it is and a date-time as the wall clock of `zone` reads; without a zone it is meant there."""
    if isinstance(start, datetime) and start.tzinfo is not None:
        return start.astimezone(zone).replace(tzinfo=None, fold=0)
    return start


def _days(start: date, end: date, *, window: tuple[date, date]) -> Iterator[date]:
    day, last = max(start, window[0]), min(end, window[1])
    while day < last:
        yield day
        day += timedelta(days=1)


def _days_of(start: datetime, end: datetime, *, window: tuple[date, date]) -> Iterator[tuple[date, tuple[int, int]]]:
    """Cut a span of wall time at its midnights: (day, minutes of that day)."""
    for day in _days(start.date(), end.date() + timedelta(days=1), window=window):
        midnight = datetime.combine(day, time())
        first = max(0, (start - midnight) // timedelta(minutes=1))
        # A second into a minute takes the minute.
        last = min(24 * 60, -((midnight - end) // timedelta(minutes=1)))
        if first < last:
            yield day, (first, last)
