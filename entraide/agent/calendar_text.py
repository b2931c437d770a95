"""A calendar as people type it, and back: "08:00-12:00, 13:30-18:00", "2026-12-24 12:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from entraide.sla.calendar_json import WEEKDAYS
from entraide.sla.hours_json import read_hours
from entraide.sla.icalendar_file import Found, united
from entraide.sla.problems import Problem, gettext_noop

Document = dict[str, Any]

_CLOCK = re.compile(r"(\d{1,2})(?:[:.hH](\d{2})(?::(\d{2}))?|[hH])?", re.ASCII)
_DASH = re.compile(r"\s*(?:-|–|—|\bto\b|\bà\b|\bbis\b)\s*")
_SWISS_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


def typed_from(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in the fields of the form for a calendar."""
    shown, dates, _others = _sorted_holidays(document.get("holidays"))
    return {
        "tz": document.get("tz") or "",
        **{day: hours_text(document.get("hours", {}).get(day, [])) for day in WEEKDAYS},
        "country": shown.get("country") or "",
        "region": shown.get("subdivision") or "",
        "closed": "\n".join(sorted(dates)),
        "worked": sorted(document.get("holiday_exceptions") or []),
        "breaks": _dated_text(document.get("breaks") or {}),
        "overrides": _dated_text(document.get("overrides") or {}),
    }


def document_from(
    typed: Mapping[str, Any], *, before: Mapping[str, Any], problems: dict[str, list[Problem]]
) -> Document:
    """Return the calendar that was typed; what is not an interval at all is added to `problems` by field.

    Holidays of `before` that the form does not show stay in it. Whether it makes a calendar is for
    check_calendar() to say.
    """
    hours = {day: _hours(typed.get(day) or "", field=day, problems=problems) for day in WEEKDAYS}
    document: Document = {"tz": typed.get("tz") or None, "hours": {day: each for day, each in hours.items() if each}}
    public: Document = {"country": typed["country"]} if typed.get("country") else {}
    if public and typed.get("region"):
        public["subdivision"] = typed["region"]
    dates = sorted(dict.fromkeys(_date(word) for word in re.split(r"[\s,;]+", typed.get("closed") or "") if word))
    if dates:
        public["dates"] = dates
    others = _sorted_holidays(before.get("holidays"))[2]
    if public or others:
        document["holidays"] = [public, *others] if others else public
    if typed.get("worked"):
        document["holiday_exceptions"] = sorted(set(typed["worked"]))
    for field in ("breaks", "overrides"):
        if found := _dated(typed.get(field) or "", field=field, problems=problems):
            document[field] = found
    return document


def hours_text(hours: Iterable[Iterable[str]]) -> str:
    return ", ".join("-".join(pair) for pair in hours)


def found_text(found: Found) -> dict[str, str]:
    """Return what a file holds as it would be typed."""
    breaks = {
        day.isoformat(): [[_said(start), _said(end)] for start, end in hours] for day, hours in found.breaks.items()
    }
    return {"closed": "\n".join(day.isoformat() for day in found.closed), "breaks": _dated_text(breaks)}


def with_added(typed: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return the closed dates and the breaks that were typed with others added; breaks that overlap become one."""
    dates = dict.fromkeys([*typed["closed"].split(), *added["closed"].split()])
    breaks = _dated(typed["breaks"], field="breaks", problems={})
    for day, hours in _dated(added["breaks"], field="breaks", problems={}).items():
        both = breaks.get(day, []) + hours
        unread: dict[str, list[Problem]] = {}
        minutes = [_minutes(pair, unread) for pair in both]
        # Hours that cannot be read stay as they were typed, for their owner to mend.
        breaks[day] = both if unread else [[_said(start), _said(end)] for start, end in united(minutes)]
    return {"closed": "\n".join(dates), "breaks": _dated_text(breaks)}


def _minutes(pair: list[str], unread: dict[str, list[Problem]]) -> tuple[int, int]:
    found: list[Problem] = []
    read = read_hours([pair], where="", problems=found)
    if not read:
        unread["breaks"] = found
        return 0, 0
    return read[0][0] // 60, -(-read[0][1] // 60)


def _said(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _sorted_holidays(value: Any) -> tuple[Document, list[str], list[Any]]:
    """Return the country that the form shows, all own dates, and what it does not show (a second country, years)."""
    shown: Document = {}
    dates: list[str] = []
    others = []
    for entry in value if isinstance(value, list) else [value] if value else []:
        if isinstance(entry, str):
            dates.append(entry)
            continue
        dates.extend(entry.get("dates") or [])
        if not shown and entry.get("country") and "years" not in entry:
            shown = entry
        elif entry.get("country"):
            others.append({key: each for key, each in entry.items() if key != "dates"})
    return shown, list(dict.fromkeys(dates)), others


def _hours(text: str, *, field: str, problems: dict[str, list[Problem]]) -> list[list[str]]:
    pairs = []
    for piece in re.split(r"[,;\n]", text):
        ends = _DASH.split(piece.strip())
        if len(ends) == 2 and all(ends):
            pairs.append([_clock(end) for end in ends])
        elif piece.strip():
            message = gettext_noop(
                "“%(text)s” is not an interval; write it as in 08:00-12:00, and past midnight as in 22:00-30:00."
            )
            problems.setdefault(field, []).append(Problem(message, {"text": piece.strip()[:40]}))
    # In the order of the day; what is no time stays where it is for the check to name.
    return sorted(pairs)


def _clock(text: str) -> str:
    match = _CLOCK.fullmatch(text)
    if not match:
        return text
    hours, minutes, seconds = match.groups()
    return f"{int(hours):02}:{minutes or '00'}" + (f":{seconds}" if seconds and seconds != "00" else "")


def _dated(text: str, *, field: str, problems: dict[str, list[Problem]]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        word, _space, hours = line.strip().partition(" ")
        if word:
            pairs = _hours(hours, field=field, problems=problems)
            if field == "breaks" and not hours.strip():
                message = gettext_noop(
                    "The break of “%(text)s” has no hours; write it as in 2026-12-24 12:00-18:00, or make it a closed date."
                )
                problems.setdefault(field, []).append(Problem(message, {"text": word[:40]}))
            found[_date(word)] = sorted(found.get(_date(word), []) + pairs)
    return dict(sorted(found.items()))


def _date(word: str) -> str:
    match = _SWISS_DATE.fullmatch(word)
    return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}" if match else word


def _dated_text(dates: Mapping[str, Any]) -> str:
    return "\n".join(f"{day} {hours_text(hours)}".strip() for day, hours in sorted(dates.items()))
