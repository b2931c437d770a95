"""Calendars in words and pictures: what is wrong with one, how versions differ, the week as bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dates import WEEKDAYS as DAY_NAMES
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from entraide.agent.calendar_text import hours_text, typed_from
from entraide.look.dates import date_format
from entraide.sla.calendar_json import WEEKDAYS
from entraide.sla.durations import say_duration
from entraide.sla.hours_json import read_hours
from entraide.sla.problems import CoverageError, NeverOpen, Problem
from entraide.sla.stretches import Hours
from entraide.sla.wall_time import DAY_S

DAY_MINUTES = 1_440


@dataclass(frozen=True)
class Bar:
    """One day drawn: (start, minutes, whether it is the end of the night before), and its open time in words."""

    day: str
    name: str
    short: str
    pieces: list[tuple[int, int, bool]]
    open_time: str


def week_bars(hours: Mapping[str, Any]) -> list[Bar]:
    """Return the seven days as bars; intervals that cannot be read are not drawn."""
    week = [_readable(hours.get(day, [])) for day in WEEKDAYS]
    bars = []
    for i, day in enumerate(WEEKDAYS):
        spilled = [(0, end - DAY_S, True) for _start, end in week[i - 1] if end > DAY_S]
        own = [(start, min(end, DAY_S), False) for start, end in week[i]]
        pieces = [(start // 60, max(1, (end - start) // 60), is_spilled) for start, end, is_spilled in spilled + own]
        minutes = sum(end - start for start, end in week[i]) // 60
        bars.append(Bar(day, day_name(day), str(WEEKDAYS_ABBR[i]), pieces, say_duration(minutes) if minutes else ""))
    return bars


def open_time_a_week(hours: Mapping[str, Any]) -> str:
    """Return "42 h 30" for the weekly hours of a calendar."""
    open_s = sum(end - start for day in WEEKDAYS for start, end in _readable(hours.get(day, [])))
    return say_duration(open_s // 60)


def open_days(hours: Mapping[str, Any]) -> list[int]:
    """Return the open minutes of each weekday that opens."""
    sums = [sum(end - start for start, end in _readable(hours.get(day, []))) // 60 for day in WEEKDAYS]
    return [minutes for minutes in sums if minutes]


def day_name(day: str) -> str:
    return str(DAY_NAMES[WEEKDAYS.index(day)]).capitalize()


def sentence(problem: Problem) -> str:
    """Return a problem in the reader's language, with the fields named as the form names them."""
    if "tz" in problem.values:
        # The arithmetic also knows calendars without a zone; the desk does not.
        return _("There is no time zone “%(tz)s”; use a name such as Europe/Zurich.") % problem.values
    return _(problem.message) % {key: _spoken(key, value) for key, value in problem.values.items()}


def field_of(problem: Problem, error: CoverageError) -> str | None:
    """Return the field of the form that a problem is about: "mon", "breaks", "tz" … or None."""
    head, _dot, rest = str(problem.values.get("where", "")).partition(".")
    if head == "hours" and rest in WEEKDAYS:
        return rest
    by_place = {"breaks": "breaks", "overrides": "overrides", "holidays": "closed", "holiday_exceptions": "worked"}
    if head in by_place:
        return by_place[head]
    if isinstance(error, NeverOpen):
        return "week"
    return "tz" if "tz" in problem.values else "country" if "country" in problem.values else None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return in words what changed from one version to the next."""
    old, new = typed_from(before), typed_from(after)
    found = []
    if old["tz"] != new["tz"]:
        found.append(_("Time zone: %(before)s → %(after)s") % {"before": old["tz"], "after": new["tz"]})
    for day in WEEKDAYS:
        if old[day] != new[day]:
            values = {"day": day_name(day), "before": old[day] or _("closed"), "after": new[day] or _("closed")}
            found.append(_("%(day)s: %(before)s → %(after)s") % values)
    old_place, new_place = (" ".join(filter(None, (each["country"], each["region"]))) for each in (old, new))
    if old_place != new_place:
        values = {"before": old_place or _("none"), "after": new_place or _("none")}
        found.append(_("Public holidays: %(before)s → %(after)s") % values)
    found += _dates(old["closed"].split(), new["closed"].split(), _("Closed date added: %(day)s"), _("Closed date removed: %(day)s"))  # fmt: skip
    found += _dates(old["worked"], new["worked"], _("Worked although a holiday: %(day)s"), _("Holiday again: %(day)s"))
    found += _hours_by_date(before, after, "breaks", _("Break on %(day)s: %(before)s → %(after)s"))
    found += _hours_by_date(before, after, "overrides", _("Hours on %(day)s: %(before)s → %(after)s"))
    return found


def day_in_words(text: str) -> str:
    """Return "2026-12-24" as "Thursday 24 December 2026", and what is not a date as it is."""
    try:
        return date_format(date.fromisoformat(text), "l j F Y")
    except ValueError:
        return text


def _readable(intervals: Any) -> Hours:
    return read_hours(intervals, where="", problems=[])


def _spoken(key: str, value: object) -> object:
    if key not in ("where", "following"):
        return value
    head, _dot, rest = str(value).partition(".")
    if head == "hours" and rest in WEEKDAYS:
        return day_name(rest)
    if rest and head in ("breaks", "overrides"):
        return rest
    names = {"breaks": _("Breaks"), "overrides": _("Other hours"), "holidays": _("Own closed dates")}
    return names.get(head, value)


def _dates(before: Iterable[str], after: Iterable[str], added: str, removed: str) -> Iterator[str]:
    old, new = set(before), set(after)
    yield from (added % {"day": day_in_words(day)} for day in sorted(new - old))
    yield from (removed % {"day": day_in_words(day)} for day in sorted(old - new))


def _hours_by_date(before: Mapping[str, Any], after: Mapping[str, Any], key: str, words: str) -> Iterator[str]:
    old, new = before.get(key) or {}, after.get(key) or {}
    absent = _("none") if key == "breaks" else _("as every week")
    for day in sorted({*old, *new}):
        if old.get(day) == new.get(day):
            continue
        values = {
            "day": day_in_words(day),
            "before": (hours_text(old[day]) or _("closed")) if day in old else absent,
            "after": (hours_text(new[day]) or _("closed")) if day in new else absent,
        }
        yield words % values
