"""What a coverage case asks with: its instants, days, duration and pauses, read from JSON."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import ClassVar

from entraide.sla.calendar import Calendar
from entraide.sla.openings import HUNDRED_YEARS_DAYS
from entraide.sla.problems import CoverageError, Problem, TooFar, gettext_noop
from entraide.sla.wall_time import from_wall_reading

_DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST_MINUTES = HUNDRED_YEARS_DAYS * 24 * 60


class Case:
    """One case and its calendar; each part is read when asked for, and raises CoverageError where it is
    wrong.

    A key that is absent or null was not given. A time without an offset is the calendar's wall clock.
    """

    KEYS: ClassVar[tuple[str, ...]] = (
        "calendar",
        "operation",
        "start",
        "at",
        "date",
        "end",
        "duration_minutes",
        "days",
        "working_days",
        "pauses",
    )

    def __init__(self, document: dict[str, object], *, calendar: Calendar) -> None:
        self._document = document
        self.calendar = calendar

    @property
    def start(self) -> datetime:
        """The instant asked about: "start", or "at" or "date" in its place."""
        return self._instant(self._given("start", "at", "date"), name="start")

    @property
    def end(self) -> datetime:
        """The instant "end"."""
        return self._instant(self._given("end"), name="end")

    @property
    def start_day(self) -> date:
        """The day asked about: a date as it is, a date-time as the instant that it is."""
        return self._day(self._given("start", "date", "at"), name="start")

    @property
    def end_day(self) -> date:
        """The day "end", a date or a date-time."""
        return self._day(self._given("end"), name="end")

    @property
    def duration(self) -> timedelta:
        """The "duration_minutes", whole or not."""
        minutes = self._given("duration_minutes")
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            message = gettext_noop('"duration_minutes" must be a number of minutes such as 240.')
            raise CoverageError(Problem(message))
        if abs(minutes) > _LONGEST_MINUTES:
            message = gettext_noop('"duration_minutes" is more than a hundred years; give a shorter duration.')
            raise TooFar(Problem(message))
        return timedelta(minutes=minutes)

    @property
    def days(self) -> int:
        """The whole number of working days: "days", or "working_days" in its place."""
        days = self._given("days", "working_days")
        if isinstance(days, int) and not isinstance(days, bool):
            return days
        if isinstance(days, float) and days.is_integer():
            return int(days)
        raise CoverageError(Problem(gettext_noop('"days" must be a whole number of working days such as 5.')))

    @property
    def pauses(self) -> list[tuple[datetime, datetime]]:
        """The "pauses", none when not given."""
        pauses = self._document.get("pauses") or []
        if not isinstance(pauses, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pauses):
            message = gettext_noop('"pauses" must be a list of pairs of times: [["start", "end"]].')
            raise CoverageError(Problem(message))
        return [(self._instant(start, name="pauses"), self._instant(end, name="pauses")) for start, end in pauses]

    def _given(self, *names: str) -> object:
        for name in names:
            if self._document.get(name) is not None:
                return self._document[name]
        message = gettext_noop('This operation needs "%(name)s"; add it to the case.')
        raise CoverageError(Problem(message, {"name": names[0]}))

    def _day(self, value: object, *, name: str) -> date:
        try:
            if isinstance(value, str) and _DATE_ONLY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass  # such as the 30th of February: refused below, as a time is
        return self._instant(value, name=name)

    def _instant(self, value: object, *, name: str) -> datetime:
        try:
            read = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            read = None
        if read is None:
            message = gettext_noop('"%(value)s" in "%(name)s" is not a time; write it as 2026-03-02T10:00:00+01:00.')
            raise CoverageError(Problem(message, {"value": value, "name": name}))
        if read.tzinfo is None and self.calendar.zone is not None:
            return from_wall_reading(read, zone=self.calendar.zone)
        return read
