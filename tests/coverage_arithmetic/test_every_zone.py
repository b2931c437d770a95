"""Every zone of the world, at each of its changes of the clock in two years: adding and measuring are inverse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from entraide.sla.calendar import Calendar
from entraide.sla.coverage import add, minutes_between, open_time_between, periods

HOUR = timedelta(hours=1)
WEEK = {day: [["08:00", "12:00"], ["13:30", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}
# Open through the night of every weekend, when most clocks change.
NIGHTS = {**WEEK, "sat": [["22:00", "30:00"]], "sun": [["21:30", "29:45"]]}


def changes(zone: ZoneInfo) -> list[datetime]:
    """Return the hours within which the zone changed its clock, and one ordinary hour."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=n) for n in range(2 * 365)]
    found = [datetime(2026, 3, 4, 9, tzinfo=UTC)]
    for day in days:
        if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset():
            hours = [day + n * HOUR for n in range(24)]
            found += [h for h in hours if h.astimezone(zone).utcoffset() != (h + HOUR).astimezone(zone).utcoffset()]
    return found


@pytest.mark.parametrize("name", sorted(available_timezones()))
def test_adding_and_measuring_are_inverse_at_every_change_of_every_zone(name: str) -> None:
    calendar = Calendar.from_json({"tz": name, "hours": NIGHTS})
    for change in changes(ZoneInfo(name)):
        for before in (timedelta(hours=30), HOUR, timedelta(minutes=17)):
            start = change - before
            for minutes in (1, 45, 240, 1_800):
                due = add(calendar, start=start, duration=timedelta(minutes=minutes))
                assert minutes_between(calendar, start=start, end=due) == minutes
                assert open_time_between(calendar, start=start, end=due - timedelta(seconds=1)) < timedelta(
                    minutes=minutes
                )
        around = list(periods(calendar, start=change - timedelta(days=2), end=change + timedelta(days=2)))
        assert all(one[1] <= other[0] for one, other in pairwise(around))
