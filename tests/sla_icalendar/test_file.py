"""What an iCalendar file becomes: closed dates and breaks, within bounds."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from entraide.sla.icalendar_file import Found, IcalendarError, read_icalendar, united
from entraide.sla.icalendar_recurrence import TooOften
from entraide.sla.problems import CoverageError

ZURICH = ZoneInfo("Europe/Zurich")
SINCE = date(2026, 1, 1)


def file(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(*events: str) -> Found:
    return read_icalendar(file(*events), zone=ZURICH, since=SINCE)


def breaks(found: Found) -> dict[str, list[str]]:
    return {
        day.isoformat(): [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in hours]
        for day, hours in found.breaks.items()
    }


def closed(found: Found) -> list[str]:
    return [day.isoformat() for day in found.closed]


def test_whole_days_are_closed_with_the_name_of_the_event() -> None:
    found = read("DTSTART;VALUE=DATE:20260515|SUMMARY:Pont de l'Ascension")
    assert found.closed == {date(2026, 5, 15): "Pont de l'Ascension"}
    assert (found.breaks, found.left_out) == ({}, 0)


def test_the_last_day_of_several_is_the_one_before_the_end() -> None:
    assert closed(read("DTSTART;VALUE=DATE:20261230|DTEND;VALUE=DATE:20270102")) == ["2026-12-30", "2026-12-31", "2027-01-01"]  # fmt: skip


def test_hours_are_breaks_in_the_wall_time_of_the_calendar() -> None:
    found = read(
        "DTSTART:20261224T110000Z|DTEND:20261224T170000Z",
        "DTSTART;TZID=America/New_York:20260701T100000|DURATION:PT90M",
        "DTSTART:20260303T080000|DTEND:20260303T093000",
    )
    assert breaks(found) == {"2026-03-03": ["08:00-09:30"], "2026-07-01": ["16:00-17:30"], "2026-12-24": ["12:00-18:00"]}  # fmt: skip


def test_hours_over_midnight_are_cut_there() -> None:
    found = read("DTSTART:20261224T170000Z|DTEND:20261226T090000Z")
    assert breaks(found) == {"2026-12-24": ["18:00-24:00"], "2026-12-25": ["00:00-24:00"], "2026-12-26": ["00:00-10:00"]}  # fmt: skip


def test_events_that_overlap_are_one_break() -> None:
    found = read("DTSTART:20260303T080000|DURATION:PT2H", "DTSTART:20260303T090000|DURATION:PT2H")
    assert breaks(found) == {"2026-03-03": ["08:00-11:00"]}
    assert united([(5, 6), (1, 3), (3, 5), (8, 9)]) == [(1, 6), (8, 9)]


def test_what_recurs_yearly_since_long_ago_is_taken_for_five_years() -> None:
    found = read("DTSTART;VALUE=DATE:19891224|RRULE:FREQ=YEARLY|SUMMARY:Veille de Noël")
    assert closed(found) == [f"{year}-12-24" for year in range(2026, 2031)]


def test_a_leap_day_recurs_in_leap_years() -> None:
    assert closed(read("DTSTART;VALUE=DATE:19520229|RRULE:FREQ=YEARLY")) == ["2028-02-29"]


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260112T235959Z", ["2026-01-05", "2026-01-12"]),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20260202", ["2026-01-05", "2026-01-19", "2026-02-02"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["2026-01-05", "2026-01-30", "2026-02-27"]),
        ("FREQ=DAILY;COUNT=3", ["2026-01-05", "2026-01-06", "2026-01-07"]),
    ],
)
def test_other_rules_are_worked_out_too(rule: str, dates: list[str]) -> None:
    assert closed(read(f"DTSTART;VALUE=DATE:20260105|RRULE:{rule}")) == dates


def test_a_rhythm_keeps_its_beat_over_the_years_before() -> None:
    """Every third day and every other week, counted from their first day and not from the window."""
    third = read("DTSTART;VALUE=DATE:20200101|RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260110")
    assert all((day - date(2020, 1, 1)).days % 3 == 0 for day in third.closed) and third.closed
    second = read("DTSTART;VALUE=DATE:20190107|RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20260301")
    assert all((day - date(2019, 1, 7)).days % 14 == 0 for day in second.closed) and second.closed
    months = read("DTSTART;VALUE=DATE:20190131|RRULE:FREQ=MONTHLY;INTERVAL=5;UNTIL=20270101")
    assert all((day.year * 12 + day.month - 2019 * 12 - 1) % 5 == 0 for day in months.closed) and months.closed


def test_occurrences_that_are_left_out_moved_or_cancelled_are_not_taken() -> None:
    series = "UID:a|DTSTART:20260105T080000|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=4|EXDATE:20260112T080000"
    moved = "UID:a|RECURRENCE-ID:20260119T080000|DTSTART:20260120T100000|DURATION:PT1H"
    dropped = "UID:a|RECURRENCE-ID:20260126T080000|DTSTART:20260126T080000|DURATION:PT1H|STATUS:CANCELLED"
    found = read(series, moved, dropped)
    assert breaks(found) == {"2026-01-05": ["08:00-09:00"], "2026-01-20": ["10:00-11:00"]}


def test_the_hour_of_a_series_stays_over_the_change_of_the_clock() -> None:
    found = read("DTSTART;TZID=Europe/Zurich:20260326T080000|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=2")
    assert breaks(found) == {"2026-03-26": ["08:00-09:00"], "2026-04-02": ["08:00-09:00"]}


def test_what_is_left_out_is_counted() -> None:
    found = read(
        "DTSTART;VALUE=DATE:20200101",
        "DTSTART:20260303T080000",
        "DTSTART:nonsense|DTEND:20260303T080000",
        "SUMMARY:no start",
        "DTSTART:20260303T080000|DURATION:PT1S|RRULE:FREQ=SECONDLY",
        "DTSTART;VALUE=DATE:20260303|RRULE:FREQ=SOMETIMES",
    )
    assert (found.closed, found.breaks, found.left_out) == ({}, {}, 6)


def test_zones_of_the_files_own_are_not_worked_out() -> None:
    zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Zurich\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    raw = file("DTSTART;TZID=Europe/Zurich:20260701T100000|DURATION:PT1H").replace(
        b"BEGIN:VEVENT", zone.encode() + b"BEGIN:VEVENT"
    )
    assert breaks(read_icalendar(raw, zone=ZURICH, since=SINCE)) == {"2026-07-01": ["10:00-11:00"]}


@pytest.mark.parametrize("raw", [b"", b"hello", b"\x89PNG\r\n", b"/etc/hostname", b"BEGIN:VCALENDAR\r\nnonsense\r\n"])
def test_what_is_not_icalendar_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(IcalendarError, match="not an iCalendar file"):
        read_icalendar(raw, zone=ZURICH, since=SINCE)


def test_more_than_is_read_is_refused() -> None:
    with pytest.raises(IcalendarError, match="larger than 1 MB"):
        read_icalendar(file() + b" " * 1_000_001, zone=ZURICH, since=SINCE)
    with pytest.raises(IcalendarError, match="2000 events"):
        read(*["DTSTART;VALUE=DATE:20260101"] * 2001)


def test_a_rule_that_never_ends_is_stopped() -> None:
    every_second = ",".join(map(str, range(60)))
    with pytest.raises(TooOften):
        read(f"DTSTART:20260101T000000|DURATION:PT1S|RRULE:FREQ=DAILY;BYMINUTE={every_second};BYSECOND={every_second}")
    with pytest.raises(CoverageError):
        read(*[f"DTSTART;VALUE=DATE:2026{month:02}01|DURATION:P400D|RRULE:FREQ=DAILY" for month in range(1, 13)] * 5)
    assert read("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").closed == {SINCE: ""}


def test_a_series_of_seconds_that_began_long_ago_is_stopped() -> None:
    every = ",".join(map(str, range(60)))
    with pytest.raises(TooOften):
        read(
            f"DTSTART:20100101T000000|DURATION:PT1S|RRULE:FREQ=DAILY;COUNT=999999999;BYMINUTE={every};BYSECOND={every}"
        )
