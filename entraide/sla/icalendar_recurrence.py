"""When an iCalendar event recurs, within bounds that a file cannot talk its way out of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from time import perf_counter
from typing import Any

from dateutil.rrule import rrulestr

from entraide.sla.problems import CoverageError, Problem, gettext_noop

# A rule that never comes true costs up to 0.2 ms a day that is tried, so one of these at most 2 s.
MOST_DAYS_TRIED = 30 * 366
SECONDS_FOR_A_FILE = 3
MOST_TIMES = 20_000
DAYS_OF = {"DAILY": 1, "WEEKLY": 7}
BY_YEARS = ("MONTHLY", "YEARLY")


class TooOften(CoverageError):
    """The events of the file recur more often than will be worked out."""


class Budget:
    """How much may still be worked out for one file."""

    def __init__(self) -> None:
        self.times_left, self.until = MOST_TIMES, perf_counter() + SECONDS_FOR_A_FILE

    def spend(self, *, times: int = 0) -> None:
        """Raises TooOften when nothing is left."""
        self.times_left -= times
        if self.times_left < 0 or perf_counter() > self.until:
            message = gettext_noop("The events of the file recur too often to be worked out; take a smaller file.")
            raise TooOften(Problem(message))


def recurrences(
    event: Any, first: Any, *, window: tuple[date, date], length: timedelta, budget: Budget
) -> Iterator[Any]:
    """Yield the starts of an event like `first` (a date, or a date-time of its zone) that reach into `window`.

    Raises ValueError for a rule that cannot be read or that recurs more than daily.
    """
    excluded = set(_listed(event, "EXDATE", like=first))
    seen = set()
    starts = [first, *_listed(event, "RDATE", like=first)]
    for rule in _as_list(event.get("RRULE")):
        starts.extend(_by_rule(rule, first, window=window, length=length, budget=budget))
    for start in starts:
        budget.spend()
        if start not in seen and start not in excluded:
            seen.add(start)
            yield start


def _by_rule(rule: Any, first: Any, *, window: tuple[date, date], length: timedelta, budget: Budget) -> Iterator[Any]:
    parts = {str(key).upper(): value for key, value in rule.items()}
    frequency = str(parts["FREQ"][0]).upper()
    if frequency not in DAYS_OF and frequency not in BY_YEARS:
        raise ValueError(f"recurs {frequency}")
    begin = datetime.combine(window[0], time()) - length - timedelta(days=1)
    end = datetime.combine(window[1], time()) + timedelta(days=1)
    if until := parts.pop("UNTIL", None):
        end = min(end, _naive_end(until[0], first))
    start = first.replace(tzinfo=None) if isinstance(first, datetime) else datetime.combine(first, time())
    if start > end:
        return
    count = int(parts.pop("COUNT")[0]) if "COUNT" in parts else None
    if count is None:
        start = _nearer(start, begin, frequency=frequency, interval=int(parts.get("INTERVAL", [1])[0]))
    budget.spend()
    if (end - start).days > MOST_DAYS_TRIED:
        raise ValueError("counts from too long ago")
    rule_text = ";".join(f"{key}={','.join(str(each) for each in _as_list(value))}" for key, value in parts.items())
    # With an end, a rule that never comes true ends there and not in the year 9999.
    for occurrence in islice(rrulestr(f"{rule_text};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=start), count):
        budget.spend(times=1)
        if occurrence >= begin:
            yield occurrence.replace(tzinfo=first.tzinfo) if isinstance(first, datetime) else occurrence.date()


def _nearer(start: datetime, begin: datetime, *, frequency: str, interval: int) -> datetime:
    """Return a later start of the same rhythm before `begin`: nobody counts the days since 1970."""
    if start >= begin or interval < 1:
        return start
    if frequency in DAYS_OF:
        rhythm = timedelta(days=DAYS_OF[frequency] * interval)
        return start + (begin - start) // rhythm * rhythm
    if (start.month, start.day) == (2, 29):
        interval *= 4
    years = (begin.year - 1 - start.year) // interval * interval
    return start.replace(year=start.year + years) if years > 0 else start


def _naive_end(until: Any, first: Any) -> datetime:
    """Return until when a rule holds, as the wall clock of its event reads."""
    if not isinstance(until, datetime):
        return datetime.combine(until, time.max)
    if until.tzinfo is None:
        return until
    zone = first.tzinfo if isinstance(first, datetime) else None
    return until.astimezone(zone or UTC).replace(tzinfo=None)


def _listed(event: Any, name: str, *, like: Any) -> Iterator[Any]:
    for dates in _as_list(event.get(name)):
        for each in dates.dts:
            value = each.dt[0] if isinstance(each.dt, tuple) else each.dt
            if isinstance(value, datetime) == isinstance(like, datetime):
                yield value
            elif isinstance(like, datetime):
                # A day that is left out of a series of hours.
                yield datetime.combine(value, like.timetz())
            else:
                yield value.date()


def _as_list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
