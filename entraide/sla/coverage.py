"""Business time: how much of a calendar's open time lies between two instants, and where it leads.

All of it is absolute time: an hour is 3,600 seconds. Openings include their start and not their end.
Answers are in UTC; for a calendar without zone (`tz` null) they carry the tzinfo, or none, of the question.
Date-times asked must be aware where the calendar has a zone: ValueError otherwise. TooFar is raised beyond
a hundred years.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from entraide.sla.calendar import Calendar
from entraide.sla.problems import CoverageError, Problem, gettext_noop
from entraide.sla.wall_time import MICROSECOND, check_year, instant, moment, wall_reading


def add(calendar: Calendar, *, start: datetime, duration: timedelta) -> datetime:
    """Return when `duration` of open time has passed since `start`: at closing time where it ends exactly
    there.

    Zero from a closed instant gives the next opening; less than zero subtracts. Raises NeverOpen.
    """
    if duration < timedelta(0):
        return subtract(calendar, end=start, duration=-duration)
    at, openings = instant(start, zone=calendar.zone), calendar.openings
    if duration:
        due = openings.after(at, open_time=duration // MICROSECOND)
    else:
        due = at if openings.is_open(at) else openings.next_open(at)
    return moment(due, zone=calendar.zone, like=start)


def subtract(calendar: Calendar, *, end: datetime, duration: timedelta) -> datetime:
    """Return from when `duration` of open time passes until `end`: at opening time where it starts exactly
    there.

    Zero from a closed instant gives the closing before it; less than zero adds. Raises NeverOpen.
    """
    if duration < timedelta(0):
        return add(calendar, start=end, duration=-duration)
    at, openings = instant(end, zone=calendar.zone), calendar.openings
    if duration:
        begun = openings.before(at, open_time=duration // MICROSECOND)
    else:
        begun = at if openings.is_open(at) else openings.previous_close(at + 1)
    return moment(begun, zone=calendar.zone, like=end)


def open_time_between(calendar: Calendar, *, start: datetime, end: datetime) -> timedelta:
    """Return the open time from `start` to `end`, exact; negative when `end` is before `start`."""
    first, last = instant(start, zone=calendar.zone), instant(end, zone=calendar.zone)
    if last < first:
        return -open_time_between(calendar, start=end, end=start)
    return calendar.openings.open_time(first, end=last) * MICROSECOND


def minutes_between(calendar: Calendar, *, start: datetime, end: datetime) -> float:
    """Return the open minutes from `start` to `end`, an int where they are whole; negative when `end` is
    before."""
    open_time = open_time_between(calendar, start=start, end=end)
    minutes, rest = divmod(open_time, timedelta(minutes=1))
    return open_time / timedelta(minutes=1) if rest else minutes


def periods(calendar: Calendar, *, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return the openings from `start` to `end`, cut to them; those that touch are one.

    Raises CoverageError when `end` is before `start`.
    """
    first, last = instant(start, zone=calendar.zone), instant(end, zone=calendar.zone)
    if last < first:
        message = gettext_noop("The end lies before the start; exchange them.")
        raise CoverageError(Problem(message))
    return [
        (
            moment(opening, zone=calendar.zone, like=start),
            moment(closing, zone=calendar.zone, like=start),
        )
        for opening, closing in calendar.openings.between(first, end=last)
    ]


def is_open(calendar: Calendar, *, at: datetime) -> bool:
    """Say whether the calendar is open at that instant."""
    return calendar.openings.is_open(instant(at, zone=calendar.zone))


def next_open(calendar: Calendar, *, after: datetime) -> datetime:
    """Return the first opening later than `after`; raises NeverOpen or NeverCloses when five years have
    none."""
    found = calendar.openings.next_open(instant(after, zone=calendar.zone))
    return moment(found, zone=calendar.zone, like=after)


def next_close(calendar: Calendar, *, after: datetime) -> datetime:
    """Return the first closing later than `after`; raises NeverOpen or NeverCloses when five years have
    none."""
    found = calendar.openings.next_close(instant(after, zone=calendar.zone))
    return moment(found, zone=calendar.zone, like=after)


def previous_open(calendar: Calendar, *, before: datetime) -> datetime:
    """Return the last opening earlier than `before`; raises NeverOpen or NeverCloses when five years have
    none."""
    found = calendar.openings.previous_open(instant(before, zone=calendar.zone))
    return moment(found, zone=calendar.zone, like=before)


def previous_close(calendar: Calendar, *, before: datetime) -> datetime:
    """Return the last closing earlier than `before`; raises NeverOpen or NeverCloses when five years have
    none."""
    found = calendar.openings.previous_close(instant(before, zone=calendar.zone))
    return moment(found, zone=calendar.zone, like=before)


def is_holiday(calendar: Calendar, *, on: date) -> bool:
    """Say whether a day is a holiday; of a date-time, the day that the calendar's wall clock shows."""
    return calendar.is_holiday(day_of(calendar, at=on))


def day_of(calendar: Calendar, *, at: date) -> date:
    """Return a date as it is, and of a date-time the day that the calendar's wall clock shows."""
    check_year(at)
    return wall_reading(at, zone=calendar.zone).date() if isinstance(at, datetime) else at
