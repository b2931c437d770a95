"""The calendar of a coverage: a time zone, weekly hours, and the dates that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from entraide.sla.calendar_json import read_calendar
from entraide.sla.openings import Openings
from entraide.sla.public_holidays import PublicHolidays
from entraide.sla.stretches import Hours


@dataclass(frozen=True, eq=False)
class Calendar:
    """When support is owed. Build it with `from_json`, which checks it; it never changes afterwards.

    An interval belongs to the day on which it starts, with all that it has past midnight. A holiday closes what
    starts on it: on a holiday Monday, Monday 22:00-30:00 does not take place, Tuesday morning included, while the
    night that began on Sunday ends on Monday as on any other. An override replaces what starts on its date, also on
    a holiday. A break cuts its own hours out of whatever is open then.
    """

    tz: str | None
    hours: tuple[Hours, ...]  # Monday first
    holidays: frozenset[date] = frozenset()
    public_holidays: tuple[PublicHolidays, ...] = ()
    holiday_exceptions: frozenset[date] = frozenset()
    breaks: Mapping[date, Hours] = ...  # type: ignore[assignment]
