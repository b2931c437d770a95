"""Months as reports use them: from a text in the address to the instants between which they lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

_TEXT = re.compile(r"([0-9]{4})-([0-9]{2})")
FIRST_YEAR, LAST_YEAR = 2000, 2199


class BadMonth(ValueError):
    """The text is not a month."""


@dataclass(frozen=True, order=True)
class Month:
    """One month of the calendar; `start` and `end` need the zone whose midnights are meant."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Month:
        """Return the month that "2026-11" names. Raises BadMonth."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise BadMonth(text)
        year, number = int(found[1]), int(found[2])
        if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= number <= 12):
            raise BadMonth(text)
        return cls(year, number)

    @classmethod
    def of(cls, instant: datetime, *, zone: tzinfo) -> Month:
        """Return the month in which an instant lies."""
        there = instant.astimezone(zone)
        return cls(there.year, there.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def previous(self) -> Month:
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    @property
    def following(self) -> Month:
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    def start(self, zone: tzinfo) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=zone)

    def end(self, zone: tzinfo) -> datetime:
        """Return the first instant that is no longer in the month."""
        return self.following.start(zone)
