"""Reads a calendar from JSON and says all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from entraide.sla.hours_json import check_week, read_hours
from entraide.sla.problems import CalendarError, Problem, gettext_noop
from entraide.sla.public_holidays import PublicHolidays, is_known
from entraide.sla.stretches import Hours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_KEYS = ("tz", "hours", "holidays", "holiday_exceptions", "breaks", "overrides")
_HOLIDAY_KEYS = ("country", "subdivision", "years", "dates")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class CalendarFields(TypedDict):
    """What a calendar is made of."""

    tz: str | None
    hours: tuple[Hours, ...]
    holidays: frozenset[date]
    public_holidays: tuple[PublicHolidays, ...]
    holiday_exceptions: frozenset[date]
    breaks: Mapping[date, Hours]
    overrides: Mapping[date, Hours]


def read_calendar(document: object) -> CalendarFields:
    """Return the checked fields of a calendar; raises CalendarError with every fault found."""
    problems: list[Problem] = []
    if not isinstance(document, Mapping):
        message = gettext_noop('A calendar must be a JSON object such as {"tz": "Europe/Zurich", "hours": {...}}.')
        raise CalendarError(Problem(message))
    _refuse_unknown(document, known=_KEYS, where="calendar", problems=problems)
    own, public = _holidays(document.get("holidays"), problems=problems)
    fields = CalendarFields(
        tz=_zone_name(document, problems=problems),
        hours=_week(document.get("hours"), problems=problems),
        holidays=own,
        public_holidays=public,
        holiday_exceptions=_dates(document.get("holiday_exceptions"), where="holiday_exceptions", problems=problems),
        breaks=_hours_by_date(document.get("breaks"), where="breaks", problems=problems),
        overrides=_hours_by_date(document.get("overrides"), where="overrides", problems=problems),
    )
    if problems:
        raise CalendarError(*problems)
    return fields


def _zone_name(document: Mapping[str, object], *, problems: list[Problem]) -> str | None:
    if "tz" not in document:
        message = gettext_noop(
            'The calendar has no "tz"; name a zone such as "Europe/Zurich", or null for wall-clock times.'
        )
        problems.append(Problem(message))
        return None
    name = document["tz"]
    if name is None:
        return None
    try:
        if isinstance(name, str):
            return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    message = gettext_noop(
        'The time zone "%(tz)s" is not known; use a name like "Europe/Zurich", or null for wall-clock times.'
    )
    problems.append(Problem(message, {"tz": name}))
    return None


def _week(hours: object, *, problems: list[Problem]) -> tuple[Hours, ...]:
    found: dict[str, Hours] = {}
    for day, intervals in _object(hours, where="hours", problems=problems).items():
        if day in WEEKDAYS:
            found[day] = read_hours(intervals, where=f"hours.{day}", problems=problems)
        else:
            message = gettext_noop('"%(day)s" in "hours" is not a day of the week; write %(known)s.')
            problems.append(Problem(message, {"day": day, "known": ", ".join(WEEKDAYS)}))
    week = tuple(found.get(day, ()) for day in WEEKDAYS)
    check_week(week, names=[f"hours.{day}" for day in WEEKDAYS], problems=problems)
    return week


def _hours_by_date(value: object, *, where: str, problems: list[Problem]) -> Mapping[date, Hours]:
    found: dict[date, Hours] = {}
    for text, intervals in _object(value, where=where, problems=problems).items():
        hours = read_hours(intervals, where=f"{where}.{text}", problems=problems)
        day = _date(text, where=where, problems=problems)
        if day is not None:
            found[day] = hours
    return MappingProxyType(found)


def _holidays(value: object, *, problems: list[Problem]) -> tuple[frozenset[date], tuple[PublicHolidays, ...]]:
    """Return own dates and public holidays from a list of dates, an object that names a country, or a mixed
    list."""
    own: set[date] = set()
    public: list[PublicHolidays] = []
    for entry in value if isinstance(value, list) else [] if value is None else [value]:
        if isinstance(entry, Mapping):
            own |= _dates(entry.get("dates"), where="holidays.dates", problems=problems)
            known = _public_holidays(entry, problems=problems)
            public += [known] if known else []
        elif isinstance(day := _date(entry, where="holidays", problems=problems), date):
            own.add(day)
    return frozenset(own), tuple(public)


def _public_holidays(entry: Mapping[str, object], *, problems: list[Problem]) -> PublicHolidays | None:
    _refuse_unknown(entry, known=_HOLIDAY_KEYS, where="holidays", problems=problems)
    country, subdivision, years = entry.get("country"), entry.get("subdivision"), entry.get("years")
    if years is not None and not (isinstance(years, list) and all(type(year) is int for year in years)):
        message = gettext_noop('"years" in "holidays" must be a list of years such as [2026, 2027].')
        problems.append(Problem(message))
        return None
    if country is None and "dates" in entry:
        return None
    if isinstance(country, str) and isinstance(subdivision, str | None) and is_known(country, subdivision=subdivision):
        return PublicHolidays(country, subdivision, None if years is None else frozenset(years))
    message = gettext_noop(
        'There are no public holidays known for country "%(country)s" and subdivision "%(subdivision)s"; use'
        ' ISO codes such as "CH" and "GE".'
    )
    problems.append(Problem(message, {"country": country or "", "subdivision": subdivision or ""}))
    return None


def _dates(value: object, *, where: str, problems: list[Problem]) -> frozenset[date]:
    if value is None:
        return frozenset()
    if not isinstance(value, list):
        message = gettext_noop('"%(where)s" must be a list of dates such as ["2026-08-01"].')
        problems.append(Problem(message, {"where": where}))
        return frozenset()
    days = [_date(text, where=where, problems=problems) for text in value]
    return frozenset(day for day in days if day is not None)


def _date(value: object, *, where: str, problems: list[Problem]) -> date | None:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    message = gettext_noop('"%(value)s" in "%(where)s" is not a date; write it as 2026-08-01.')
    problems.append(Problem(message, {"value": value, "where": where}))
    return None


def _object(value: object, *, where: str, problems: list[Problem]) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    if value is not None:
        message = gettext_noop('"%(where)s" must be a JSON object.')
        problems.append(Problem(message, {"where": where}))
    return {}


def _refuse_unknown(
    document: Mapping[str, object], *, known: tuple[str, ...], where: str, problems: list[Problem]
) -> None:
    for key in document:
        if key not in known:
            message = gettext_noop('"%(key)s" is not known in "%(where)s"; it may hold %(known)s.')
            problems.append(Problem(message, {"key": key, "where": where, "known": ", ".join(known)}))
