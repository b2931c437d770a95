"""How long 10,000 deadlines over a year take: python bench/coverage.py"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from entraide.sla.calendar import Calendar
from entraide.sla.coverage import add, minutes_between

OFFICE = {
    "tz": "Europe/Zurich",
    "hours": {day: [["08:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": {"country": "CH", "subdivision": "GE"},
    "breaks": {"2026-12-24": [["12:00", "18:00"]]},
}


def deadlines(count: int = 10_000) -> float:
    """Return the CPU seconds for `count` due times from all over 2026, reading the calendar included."""
    begun = time.process_time()
    calendar = Calendar.from_json(OFFICE)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for i in range(count):
        add(calendar, start=start + timedelta(minutes=i * 525_600 // count), duration=timedelta(hours=i % 400))
    return time.process_time() - begun


def measures(count: int = 10_000) -> float:
    """Return the CPU seconds for `count` measures of open time up to a year long."""
    begun = time.process_time()
    calendar = Calendar.from_json(OFFICE)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for i in range(count):
        minutes_between(calendar, start=start, end=start + timedelta(minutes=i * 525_600 // count))
    return time.process_time() - begun


if __name__ == "__main__":
    print(f"10,000 deadlines: {deadlines():.3f} s; 10,000 measures: {measures():.3f} s")
