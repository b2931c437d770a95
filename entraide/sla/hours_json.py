"""Reads the opening intervals of a day from JSON: pairs of times from 00:00 to 48:00."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from entraide.sla.problems import Problem, gettext_noop
from entraide.sla.stretches import Hours
from entraide.sla.wall_time import DAY_S

_TIME = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


def read_hours(value: object, *, where: str, problems: list[Problem]) -> Hours:
    """Return the intervals of one day, sorted; what is wrong with them is added to `problems`."""
    if not isinstance(value, list):
        message = gettext_noop('"%(where)s" must be a list of intervals such as [["08:00", "12:00"]].')
        problems.append(Problem(message, {"where": where}))
        return ()
    read = [_interval(pair, where=where, problems=problems) for pair in value]
    hours = tuple(sorted(interval for interval in read if interval is not None))
    for first, second in pairwise(hours):
        if second[0] < first[1]:
            message = gettext_noop('%(first)s and %(second)s in "%(where)s" overlap; make them one interval.')
            problems.append(Problem(message, {"first": _said(first), "second": _said(second), "where": where}))
    return hours


def check_week(week: Sequence[Hours], *, names: Sequence[str], problems: list[Problem]) -> None:
    """Add to `problems` where an interval that passes midnight overlaps one of the day after."""
    for day, hours in enumerate(week):
        following = (day + 1) % len(week)
        for first in hours:
            for second in week[following]:
                if second[0] + DAY_S < first[1]:
                    message = gettext_noop(
                        '%(first)s in "%(where)s" passes midnight and overlaps %(second)s in "%(following)s";'
                        " end it before that, or start the other one later."
                    )
                    values = {"first": _said(first), "where": names[day], "second": _said(second)}
                    problems.append(Problem(message, {**values, "following": names[following]}))


def _interval(pair: object, *, where: str, problems: list[Problem]) -> tuple[int, int] | None:
    if not isinstance(pair, list) or len(pair) != 2:
        message = gettext_noop(
            '"%(pair)s" in "%(where)s" is not an interval; write a start and an end like ["08:00", "12:00"].'
        )
        problems.append(Problem(message, {"pair": pair, "where": where}))
        return None
    start, end = (_time(text, where=where, problems=problems) for text in pair)
    if start is None or end is None:
        return None
    values: dict[str, object] = {"start": pair[0], "end": pair[1], "where": where}
    if start >= DAY_S:
        message = gettext_noop(
            '%(start)s-%(end)s in "%(where)s" starts on the day after; write it there, from %(there)s.'
        )
        problems.append(Problem(message, {**values, "there": _clock(start - DAY_S)}))
        return None
    if end <= start:
        message = gettext_noop(
            '%(start)s-%(end)s in "%(where)s" does not end after it starts; if it passes midnight, write'
            " %(start)s-%(past_midnight)s."
        )
        problems.append(Problem(message, {**values, "past_midnight": _clock(end + DAY_S)}))
        return None
    return start, end


def _time(text: object, *, where: str, problems: list[Problem]) -> int | None:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match:
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        if (total := hours * 3_600 + minutes * 60 + seconds) <= 2 * DAY_S:
            return total
    message = gettext_noop('"%(time)s" in "%(where)s" is not a time; write HH:MM, from 00:00 to 48:00.')
    problems.append(Problem(message, {"time": text, "where": where}))
    return None


def _said(interval: tuple[int, int]) -> str:
    return f"{_clock(interval[0])}-{_clock(interval[1])}"


def _clock(time_s: int) -> str:
    minutes, seconds = divmod(time_s, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
