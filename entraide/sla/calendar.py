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
    """When support is owed. `from_json` builds it and checks it; it never changes afterwards.

    An interval belongs to the day on which it starts, with all of it that lies past midnight. A holiday
    takes away what starts on it: on a holiday Monday, Monday 22:00-30:00 does not take place, its Tuesday
    morning included, while the night that began on Sunday ends on Monday morning as always. An override
    replaces what starts on its date, also on a holiday. A break cuts its hours out of whatever is open
    then, overrides included.
    """

    tz: str | None
    hours: tuple[Hours, ...]
    """Seven days, Monday first."""
    holidays: frozenset[date]
    public_holidays: tuple[PublicHolidays, ...]
    holiday_exceptions: frozenset[date]
    breaks: Mapping[date, Hours]
    overrides: Mapping[date, Hours]

    @classmethod
    def from_json(cls, document: object) -> Calendar:
        """Return the calendar that a JSON object describes (docs/coverage.md shows its form).

        Raises CalendarError with all that is wrong with it.
        """
        return cls(**read_calendar(document))

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The time zone, or None where wall clocks are read as they stand."""
        return None if self.tz is None else ZoneInfo(self.tz)

    @cached_property
    def openings(self) -> Openings:
        """The openings in absolute time; what has been computed once is kept with the calendar."""
        return Openings(self.hours_on, breaks_on=self.breaks_on, zone=self.zone)

    def is_holiday(self, day: date) -> bool:
        """Say whether `day` is a holiday, whether or not an override opens it."""
        if day in self.holiday_exceptions:
            return False
        return day in self.holidays or any(known.falls_on(day) for known in self.public_holidays)

    def hours_on(self, day: date) -> Hours:
        """Return the intervals that start on `day`, before breaks."""
        if day in self.overrides:
            return self.overrides[day]
        return () if self.is_holiday(day) else self.hours[day.weekday()]

    def breaks_on(self, day: date) -> Hours:
        """Return the breaks that start on `day`."""
        return self.breaks.get(day, ())
