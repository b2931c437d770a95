"""Working days: the days whose own hours leave some open time, after holidays, overrides and breaks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime
from typing import TypeVar

from entraide.sla.calendar import Calendar
from entraide.sla.coverage import day_of
from entraide.sla.openings import FIVE_YEARS_DAYS, HUNDRED_YEARS_DAYS
from entraide.sla.problems import NeverOpen, Problem, TooFar, gettext_noop
from entraide.sla.stretches import STRETCH_DAYS
from entraide.sla.wall_time import from_wall_reading, wall_reading

Day = TypeVar("Day", date, datetime)


def is_working_day(calendar: Calendar, *, on: date) -> bool:
    """Say whether hours of that day's own are open; a night that ends on it does not make it a working
    day."""
    return _is_working(calendar, _ordinal(calendar, at=on))


def add_working_days(calendar: Calendar, *, start: Day, days: int) -> Day:
    """Return the day that lies `days` working days after `start` (before it, if negative).

    The first working day after a Saturday is Monday; zero from a day that is not worked gives the next that
    is. Of a date-time the wall clock's time of day is kept. Raises NeverOpen.
    """
    first = _ordinal(calendar, at=start)
    if abs(days) > HUNDRED_YEARS_DAYS:
        raise _too_far()
    if days < 0:
        found = _nth_before(calendar, first, count=-days)
    elif days == 0 and _is_working(calendar, first):
        return start
    else:
        found = _nth_after(calendar, first, count=max(days, 1))
    if not isinstance(start, datetime):
        return date.fromordinal(found)
    reading = wall_reading(start, zone=calendar.zone)
    reading = datetime.combine(date.fromordinal(found), reading.time())
    if calendar.zone is None:
        return reading.replace(tzinfo=start.tzinfo)
    return from_wall_reading(reading, zone=calendar.zone)


def working_days_between(calendar: Calendar, *, start: date, end: date) -> int:
    """Return how many working days come after the day of `start` up to and with the day of `end`.

    From Friday to Monday it is one. Negative when `end` is before `start`.
    """
    first, last = _ordinal(calendar, at=start), _ordinal(calendar, at=end)
    if last < first:
        return -working_days_between(calendar, start=end, end=start)
    if last - first > HUNDRED_YEARS_DAYS:
        raise _too_far()
    stretches = calendar.openings.stretches
    count = 0
    for number in range(first // STRETCH_DAYS, last // STRETCH_DAYS + 1):
        days = stretches.working_days(number)
        count += bisect_right(days, last) - bisect_right(days, first)
    return count


def _nth_after(calendar: Calendar, day: int, *, count: int) -> int:
    number, last_worked, missing = day // STRETCH_DAYS, day, count
    while True:
        days = calendar.openings.stretches.working_days(number)
        i = bisect_right(days, day)
        if (days[i] if i < len(days) else number * STRETCH_DAYS) - last_worked > FIVE_YEARS_DAYS:
            raise _never_open(last_worked)
        if number * STRETCH_DAYS - day > HUNDRED_YEARS_DAYS:
            raise _too_far()
        if missing <= len(days) - i:
            return days[i + missing - 1]
        missing -= len(days) - i
        last_worked = days[-1] if i < len(days) else last_worked
        number += 1


def _nth_before(calendar: Calendar, day: int, *, count: int) -> int:
    number, first_worked, missing = day // STRETCH_DAYS, day, count
    while True:
        days = calendar.openings.stretches.working_days(number)
        i = bisect_left(days, day)
        if first_worked - (days[i - 1] if i else (number + 1) * STRETCH_DAYS) > FIVE_YEARS_DAYS:
            raise _never_open(first_worked)
        if day - (number + 1) * STRETCH_DAYS > HUNDRED_YEARS_DAYS:
            raise _too_far()
        if missing <= i:
            return days[i - missing]
        missing -= i
        first_worked = days[0] if i else first_worked
        number -= 1


def _is_working(calendar: Calendar, day: int) -> bool:
    days = calendar.openings.stretches.working_days(day // STRETCH_DAYS)
    i = bisect_left(days, day)
    return i < len(days) and days[i] == day


def _ordinal(calendar: Calendar, *, at: date) -> int:
    return day_of(calendar, at=at).toordinal()


def _never_open(day: int) -> NeverOpen:
    message = gettext_noop("This calendar has no further working day within five years of %(day)s; give it hours.")
    return NeverOpen(Problem(message, {"day": date.fromordinal(day).isoformat()}))


def _too_far() -> TooFar:
    return TooFar(Problem(gettext_noop("More than a hundred years cannot be computed; use fewer days.")))
