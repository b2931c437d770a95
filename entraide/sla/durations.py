"""Durations of open time as people write them: "4h", "90 min", "1h30", "2:30", "45", and "2 d" where days are alike."""

from __future__ import annotations

import re
from collections.abc import Collection

from entraide.sla.problems import CoverageError, Problem, gettext_noop
from entraide.sla.promises import MINUTES_AT_MOST

_MINUTES = re.compile(r"([0-9]{1,7})(?:min|mins|minutes?|m|')?")
_HOURS = re.compile(r"([0-9]{1,5})(?:[.,]([0-9]{1,4}))?(?:h|hours?|heures?|std)")
_BOTH = re.compile(r"([0-9]{1,5})(?:h|:)([0-5][0-9])(?:min|m)?")

_DAYS = re.compile(r"([0-9]{1,4})(?:working|business)?(?:days?|d|j|jours?(?:ouvrés?|ouvrables?)?)")


class DurationError(CoverageError):
    """What was typed is not a duration that can be promised."""


def read_duration(text: str, *, open_days: Collection[int] = ()) -> int:
    """Return the minutes that `text` says; a bare number is minutes. Raises DurationError with the reason.

    A day is as long as the calendar is open on one: `open_days` has the open minutes of each weekday that opens. Where
    they differ, or where no calendar is known, days are refused rather than guessed.
    """
    typed = "".join(text.lower().split())
    days = _DAYS.fullmatch(typed)
    minutes = int(days[1]) * _one_day(text, open_days) if days else _read(typed)
    if minutes is None:
        raise DurationError(
            Problem(
                gettext_noop(
                    "“%(text)s” is not a duration in whole minutes; write it as in 30 min, 4 h, 1 h 30 or 2:30."
                ),
                {"text": text.strip()[:40]},
            )
        )
    if minutes == 0:
        raise DurationError(
            Problem(gettext_noop("A promise takes at least one minute; leave it empty to promise nothing."))
        )
    if minutes > MINUTES_AT_MOST:
        raise DurationError(Problem(gettext_noop("This is more than a year of open time; nobody can be held to that.")))
    return minutes


def say_duration(minutes: int) -> str:
    """Return it as the desk writes it: "45 min", "4 h", "1 h 30". What it returns can be read again."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def _one_day(text: str, open_days: Collection[int]) -> int:
    shown: dict[str, object] = {"text": text.strip()[:40]}
    if not open_days:
        message = gettext_noop("How long is a day in “%(text)s”? Write hours: a day and its night are 24 h.")
        raise DurationError(Problem(message, shown))
    if len(set(open_days)) > 1:
        message = gettext_noop(
            "Not every day of these hours is equally long, so “%(text)s” is not clear; write hours, as in 16 h."
        )
        raise DurationError(Problem(message, shown))
    return next(iter(open_days))


def _read(text: str) -> int | None:
    if found := _MINUTES.fullmatch(text):
        return int(found[1])
    if found := _BOTH.fullmatch(text):
        return int(found[1]) * 60 + int(found[2])
    if found := _HOURS.fullmatch(text):
        parts = 10 ** len(found[2] or "")
        minutes, rest = divmod((int(found[1]) * parts + int(found[2] or 0)) * 60, parts)
        return None if rest else minutes
    return None
