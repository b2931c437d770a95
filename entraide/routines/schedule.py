"""On which days and at which instants a recurring ticket is opened. Plain dates and times, no database, no wall clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday

from entraide.sla.wall_time import from_wall_reading

Unit = Literal["day", "week", "month"]
MonthRule = Literal["day", "weekday", "last_working_day"]
OffDays = Literal["as_is", "before", "after", "skip"]
IsWorking = Callable[[date], bool]

# A calendar that has no working day in so long a time has none for us.
SEARCHED_DAYS = 366
LAST_YEAR = 2199
_FREQUENCIES = {"day": DAILY, "week": WEEKLY, "month": MONTHLY}


@dataclass(frozen=True)
class Schedule:
    """Every `every` days, weeks or months from `starts_on` to `ends_on` (both may be days of it), at `at` in `zone`.

    `weekdays` (0 is Monday) are those of a week. A month has its day by `month_rule`: `month_day` (1 to 31; a shorter month
    takes its last day), the `month_nth` (1 to 4, -1 is the last) `month_weekday`, or its last working day. What falls on a
    day that is not worked is opened all the same, on the nearest working day before or after, or not at all.
    """

    every: int
    unit: Unit
    starts_on: date
    at: time
    zone: str
    weekdays: tuple[int, ...] = ()
    month_rule: MonthRule = "day"
    month_day: int = 1
    month_nth: int = 1
    month_weekday: int = 0
    ends_on: date | None = None
    off_days: OffDays = "as_is"


def office_days(day: date) -> bool:
    """Tell whether `day` is from Monday to Friday: what is worked where no calendar says otherwise."""
    return day.weekday() < 5


def dates(schedule: Schedule, *, is_working: IsWorking = office_days) -> Iterator[date]:
    """Yield the days of a schedule, each once, in order."""
    newest: date | None = None
    for nominal in _nominal(schedule):
        if not _moves(schedule) or is_working(nominal):
            day: date | None = nominal
        elif schedule.off_days == "skip" and not _ends_months(schedule):
            continue
        else:
            day = _nearest(nominal, -1 if _ends_months(schedule) or schedule.off_days == "before" else 1, is_working)
        if day is None or (schedule.ends_on is not None and day > schedule.ends_on):
            return
        if day < schedule.starts_on or (newest is not None and day <= newest):
            continue
        newest = day
        yield day


def instants(schedule: Schedule, *, is_working: IsWorking = office_days) -> Iterator[datetime]:
    """Yield the instants (UTC) of a schedule, in order.

    A time that the clock skips in spring stands for the moment of the jump, one that it shows twice in autumn for the first.
    """
    zone = ZoneInfo(schedule.zone)
    for day in dates(schedule, is_working=is_working):
        yield from_wall_reading(datetime.combine(day, schedule.at), zone=zone)


def after(schedule: Schedule, instant: datetime, *, is_working: IsWorking = office_days) -> Iterator[datetime]:
    """Yield the instants that come after `instant`."""
    return (each for each in instants(schedule, is_working=is_working) if each > instant)


def first_after(schedule: Schedule, instant: datetime, *, is_working: IsWorking = office_days) -> datetime | None:
    """Return the next instant after `instant`, or None when the schedule has ended."""
    return next(after(schedule, instant, is_working=is_working), None)


def due(
    schedule: Schedule, since: datetime, *, until: datetime, is_working: IsWorking = office_days
) -> tuple[list[datetime], datetime | None]:
    """Return the instants from `since` to `until` (both included), and the first one that comes later."""
    past: list[datetime] = []
    for each in instants(schedule, is_working=is_working):
        if each > until:
            return past, each
        if each >= since:
            past.append(each)
    return past, None


def some_after(
    schedule: Schedule, instant: datetime, count: int, *, is_working: IsWorking = office_days
) -> list[datetime]:
    """Return the next `count` instants after `instant`, fewer when the schedule ends."""
    return list(islice(after(schedule, instant, is_working=is_working), count))


def _nominal(schedule: Schedule) -> Iterator[date]:
    """Yield the days that the rule names, before any of them is moved."""
    start = datetime.combine(schedule.starts_on, time())
    last = datetime.combine(_last_nominal(schedule), time())
    parts: dict[str, object] = {}
    if schedule.unit == "week":
        parts = {"byweekday": sorted(schedule.weekdays) or [schedule.starts_on.weekday()], "wkst": 0}
    elif schedule.unit == "month":
        parts = _month_parts(schedule)
    for each in rrule(_FREQUENCIES[schedule.unit], dtstart=start, interval=schedule.every, until=last, **parts):
        yield each.date()


def _last_nominal(schedule: Schedule) -> date:
    if schedule.ends_on is None:
        return date(LAST_YEAR, 12, 31)
    # The last working day may come before the end, and the last day of that month after it.
    return schedule.ends_on + timedelta(days=31) if _ends_months(schedule) else schedule.ends_on


def _month_parts(schedule: Schedule) -> dict[str, object]:
    match schedule.month_rule:
        case "weekday":
            return {"byweekday": [weekday(schedule.month_weekday, schedule.month_nth)]}
        case "last_working_day":
            return {"bymonthday": [-1]}
        case _:
            # The last one of these that the month has.
            possible = range(min(28, schedule.month_day), schedule.month_day + 1)
            return {"bymonthday": list(possible), "bysetpos": -1}


def _ends_months(schedule: Schedule) -> bool:
    return schedule.unit == "month" and schedule.month_rule == "last_working_day"


def _moves(schedule: Schedule) -> bool:
    return _ends_months(schedule) or schedule.off_days != "as_is"


def _nearest(day: date, step: int, is_working: IsWorking) -> date | None:
    for days in range(SEARCHED_DAYS):
        each = day + timedelta(days=step * days)
        if is_working(each):
            return each
    return None
