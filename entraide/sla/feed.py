"""The dates of a coverage calendar as iCalendar, for people's own calendar programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
from django.utils.translation import gettext as _

from entraide.sla.calendar import Calendar
from entraide.sla.holiday_names import holiday_names
from entraide.sla.stretches import Hours
from entraide.sla.wall_time import from_wall_reading

YEARS = 3


def feed_of(
    calendar: Calendar, *, name: str, uid: str, published_at: datetime, first_year: int, language: str
) -> bytes:
    """Return the holidays, breaks and overrides of three years as text/calendar.

    The same calendar gives the same bytes: `published_at` stands as the time of every event. `uid` is unique to the
    calendar and the desk.
    """
    feed = icalendar.Calendar()
    feed.add("prodid", "-//Entraide//coverage//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    for kind, summary, start, end in sorted(
        _dates(calendar, name, range(first_year, first_year + YEARS), language),
        key=lambda each: (str(each[2]), each[0]),
    ):
        event = icalendar.Event()
        event.add("uid", f"{kind}-{start:%Y%m%dT%H%M}-{uid}")
        event.add("dtstamp", published_at)
        event.add("last-modified", published_at)
        event.add("summary", summary)
        event.add("dtstart", start)
        event.add("dtend", end)
        # It tells; it does not take anybody's time.
        event.add("transp", "TRANSPARENT")
        feed.add_component(event)
    text: bytes = feed.to_ical()
    return text


def _dates(calendar: Calendar, name: str, years: range, language: str) -> Iterator[tuple[str, str, Any, Any]]:
    closed = _("%(name)s: closed") % {"name": name}
    for day, holiday in _holidays(calendar, years, language).items():
        if day not in calendar.overrides:
            yield "holiday", f"{name}: {holiday}" if holiday else closed, day, day + timedelta(days=1)
    for day in calendar.overrides:
        if day.year in years and not calendar.overrides[day]:
            yield "override", closed, day, day + timedelta(days=1)
    yield from _hours("override", calendar.overrides, calendar, years, _("%(name)s: other hours") % {"name": name})
    yield from _hours("break", calendar.breaks, calendar, years, closed)


def _holidays(calendar: Calendar, years: range, language: str) -> dict[date, str]:
    found = {day: "" for day in calendar.holidays if day.year in years}
    for public in calendar.public_holidays:
        for year in years:
            if public.years is None or year in public.years:
                found |= holiday_names(public.country, subdivision=public.subdivision, year=year, language=language)
    return {day: name for day, name in found.items() if day not in calendar.holiday_exceptions}


def _hours(
    kind: str, dates: Mapping[date, Hours], calendar: Calendar, years: range, summary: str
) -> Iterator[tuple[str, str, datetime, datetime]]:
    for day, hours in dates.items():
        for start, end in hours if day.year in years else ():
            yield kind, summary, _instant(day, start, calendar), _instant(day, end, calendar)


def _instant(day: date, wall_s: int, calendar: Calendar) -> datetime:
    """In UTC: then the file needs no definition of the zone."""
    reading = datetime.combine(day, time()) + timedelta(seconds=wall_s)
    return reading.replace(tzinfo=UTC) if calendar.zone is None else from_wall_reading(reading, zone=calendar.zone)
