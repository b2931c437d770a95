"""The times that can be asked for: `<2h`, `>1d`, `today`, `2026-11-01..2026-11-15`. Pure; days are read by the caller's clock."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from entraide.tickets.asked_operators import fold

_SPAN = re.compile(r"(?P<compared>[<>]=?|)(?P<n>\d{1,5})(?P<unit>[a-z]{1,8})")
_COMPARED = re.compile(r"(?P<compared>[<>]=?)(?P<rest>.+)")
_UNITS = {
    **dict.fromkeys(("m", "min", "mn", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours", "heure", "heures"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days", "j", "jour", "jours"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks", "s", "sem", "semaine", "semaines"), timedelta(days=7)),
}
_NEAR = {
    "today": 0, "aujourd'hui": 0, "aujourd’hui": 0, "aujourdhui": 0, "tomorrow": 1, "demain": 1, "yesterday": -1, "hier": -1,
}  # fmt: skip
_NAMED = {"late": "late", "missed": "late", "retard": "late", "en-retard": "late", "none": "none", "aucune": "none", "aucun": "none"}  # fmt: skip


@dataclass(frozen=True)
class Within:
    """Less (or, with `is_more`, more) than `span` away from now: ago for what was, ahead for what is to come."""

    span: timedelta
    is_more: bool = False


@dataclass(frozen=True)
class Days:
    """From the first to the last day, both included; None is open-ended."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class Named:
    """`late`: its time has passed; `none`: it has none."""

    name: Literal["late", "none"]


Time = Within | Days | Named


def read_time(text: str, *, today: date) -> Time | None:
    """Return what `text` asks for, or None when it cannot be read."""
    plain = fold(text.strip())
    if plain in _NAMED:
        return Named("late" if _NAMED[plain] == "late" else "none")
    if (span := _SPAN.fullmatch(plain)) and (unit := _UNITS.get(span["unit"])):
        return Within(unit * int(span["n"]), is_more=span["compared"].startswith(">"))
    if ".." in plain:
        first, _dots, last = plain.partition("..")
        start, end = _day(first, today), _day(last, today)
        if (first and not start) or (last and not end) or not (first or last):
            return None
        days = Days(start.first if start else None, end.last if end else None)
        return None if days.first and days.last and days.last < days.first else days
    if compared := _COMPARED.fullmatch(plain):
        return _beside(compared["compared"], _day(compared["rest"], today))
    return _day(plain, today)


def _beside(compared: str, days: Days | None) -> Days | None:
    if days is None or days.first is None or days.last is None:
        return None
    try:
        return {
            "<": lambda first, last: Days(None, first - timedelta(days=1)),
            "<=": lambda first, last: Days(None, last),
            ">": lambda first, last: Days(last + timedelta(days=1), None),
            ">=": lambda first, last: Days(first, None),
        }[compared](days.first, days.last)
    except OverflowError:
        return None


def _day(text: str, today: date) -> Days | None:
    """Read a day, a month (2026-11) or a year (2026)."""
    if text in _NEAR:
        day = today + timedelta(days=_NEAR[text])
        return Days(day, day)
    parts = re.fullmatch(r"([12]\d{3})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text)
    local = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.([12]\d{3})", text)
    try:
        if local:
            day = date(int(local[3]), int(local[2]), int(local[1]))
            return Days(day, day)
        if not parts:
            return None
        year, month, number = (int(each) if each else None for each in parts.groups())
        assert year
        if number and month:
            return Days(date(year, month, number), date(year, month, number))
        if month:
            return Days(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
        return Days(date(year, 1, 1), date(year, 12, 31))
    except ValueError:
        return None
