"""One coverage question as a JSON line, and its answer as a JSON line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn

from entraide.sla import coverage, pauses, working_days
from entraide.sla.calendar import Calendar
from entraide.sla.case import Case
from entraide.sla.problems import CoverageError, Problem, gettext_noop

Answer = date | float | bool | list[tuple[datetime, datetime]]


def compute_line(line: str) -> str:
    """Return the answer to one case: a date-time, minutes or days, a boolean, a list of [start, end], or an
    error.

    Whatever the line holds, the answer is one line of JSON; date-times are told in the calendar's zone.
    """
    try:
        document = _parse(line)
        question = _operation(document.get("operation"))
        _refuse_misspelt(document)
        calendar = _calendar(json.dumps(document.get("calendar"), sort_keys=True))
        answer = _told(question(Case(document, calendar=calendar)), calendar=calendar)
    except CoverageError as error:
        answer = {"error": str(error)}
    return json.dumps(answer)


def _parse(line: str) -> dict[str, object]:
    try:
        document = json.loads(line, object_pairs_hook=_without_repetition, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = gettext_noop("This line is not JSON (%(reason)s); write one JSON object on each line.")
        raise CoverageError(Problem(message, {"reason": error})) from None
    if not isinstance(document, dict):
        message = gettext_noop('A case must be a JSON object such as {"calendar": {...}, "operation": "add", ...}.')
        raise CoverageError(Problem(message))
    return document


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        message = gettext_noop('"%(key)s" is given twice in one object; give it once.')
        raise CoverageError(Problem(message, {"key": repeated}))
    return found


def _refuse_constant(name: str) -> NoReturn:
    message = gettext_noop("%(name)s is not a number to compute with; write a finite one.")
    raise CoverageError(Problem(message, {"name": name}))


def _operation(name: object) -> Callable[[Case], Answer]:
    if isinstance(name, str) and name in OPERATIONS:
        return OPERATIONS[name]
    known = ", ".join(OPERATIONS)
    if name is None:
        raise CoverageError(
            Problem(gettext_noop('The case has no "operation"; choose one of %(known)s.'), {"known": known})
        )
    message = gettext_noop('The operation "%(name)s" is not known; choose one of %(known)s.')
    raise CoverageError(Problem(message, {"name": name, "known": known}))


def _refuse_misspelt(document: dict[str, object]) -> None:
    """Let a case carry keys of its own, such as a name, but not "pause", which would silently change the
    answer."""
    for key in document:
        if key not in Case.KEYS and (close := get_close_matches(key, Case.KEYS, n=1, cutoff=0.8)):
            message = gettext_noop('"%(key)s" is not known in a case; write "%(close)s" if that is meant.')
            raise CoverageError(Problem(message, {"key": key, "close": close[0]}))


@lru_cache(maxsize=64)
def _calendar(text: str) -> Calendar:
    """Return the calendar, kept with what it has computed: most files ask one calendar many times."""
    document = json.loads(text)
    if document is None:
        raise CoverageError(Problem(gettext_noop('The case has no "calendar"; give one with "tz" and "hours".')))
    return Calendar.from_json(document)


def _told(answer: Answer, *, calendar: Calendar) -> object:
    if isinstance(answer, list):
        return [[_told(start, calendar=calendar), _told(end, calendar=calendar)] for start, end in answer]
    if isinstance(answer, datetime) and calendar.zone is not None:
        return answer.astimezone(calendar.zone).isoformat()
    return answer.isoformat() if isinstance(answer, date) else answer


OPERATIONS: dict[str, Callable[[Case], Answer]] = {
    "add": lambda case: coverage.add(case.calendar, start=case.start, duration=case.duration),
    "subtract": lambda case: coverage.subtract(case.calendar, end=case.start, duration=case.duration),
    "minutes_between": lambda case: coverage.minutes_between(case.calendar, start=case.start, end=case.end),
    "is_open": lambda case: coverage.is_open(case.calendar, at=case.start),
    "next_open": lambda case: coverage.next_open(case.calendar, after=case.start),
    "next_close": lambda case: coverage.next_close(case.calendar, after=case.start),
    "previous_open": lambda case: coverage.previous_open(case.calendar, before=case.start),
    "previous_close": lambda case: coverage.previous_close(case.calendar, before=case.start),
    "periods": lambda case: coverage.periods(case.calendar, start=case.start, end=case.end),
    "is_holiday": lambda case: coverage.is_holiday(case.calendar, on=case.start_day),
    "is_working_day": lambda case: working_days.is_working_day(case.calendar, on=case.start_day),
    "add_working_days": lambda case: working_days.add_working_days(case.calendar, start=case.start_day, days=case.days),
    "working_days_between": lambda case: working_days.working_days_between(
        case.calendar, start=case.start_day, end=case.end_day
    ),
    "sla_target": lambda case: pauses.sla_target(
        case.calendar, start=case.start, duration=case.duration, pauses=case.pauses
    ),
}
