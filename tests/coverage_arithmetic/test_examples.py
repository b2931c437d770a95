"""Cases computed by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from entraide.sla import coverage
from entraide.sla.calendar import Calendar
from entraide.sla.pauses import sla_target
from entraide.sla.problems import CoverageError, NeverCloses, NeverOpen, TooFar
from entraide.sla.working_days import add_working_days, is_working_day, working_days_between

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
ALL_DAYS = (*WORKDAYS, "sat", "sun")
OFFICE = [["08:00", "12:00"], ["13:30", "18:00"]]


def calendar(hours: dict, *, tz: str | None = "Europe/Zurich", **more: object) -> Calendar:
    return Calendar.from_json({"tz": tz, "hours": hours, **more})


def on(days: tuple[str, ...], intervals: list) -> dict:
    return {day: intervals for day in days}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


office = calendar(on(WORKDAYS, OFFICE), holidays={"country": "CH", "subdivision": "GE"})
always = calendar(on(ALL_DAYS, [["00:00", "24:00"]]))
nights = calendar({"mon": [["22:00", "30:00"]], "sun": [["22:00", "30:00"]]}, holidays=["2026-03-02"])


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2026-03-02T10:00:00+01:00", 4, "2026-03-02T15:30:00+01:00"),
        ("2026-03-02T08:00:00+01:00", 4, "2026-03-02T12:00:00+01:00"),  # at closing, not at 13:30
        ("2026-03-02T12:00:00+01:00", 0, "2026-03-02T13:30:00+01:00"),
        ("2026-03-02T11:59:59+01:00", 0, "2026-03-02T11:59:59+01:00"),
        ("2026-03-06T17:00:00+01:00", 2, "2026-03-09T09:00:00+01:00"),  # over a week-end
        ("2026-03-27T17:00:00+01:00", 2, "2026-03-30T09:00:00+02:00"),  # over the spring change
        ("2026-10-23T17:00:00+02:00", 2, "2026-10-26T09:00:00+01:00"),  # over the autumn change
        ("2026-09-09T17:00:00+02:00", 2, "2026-09-11T09:00:00+02:00"),  # over the Jeûne genevois, a Thursday
        ("2026-12-30T17:00:00+01:00", 2, "2027-01-04T09:00:00+01:00"),  # over Restauration and New Year
        ("2026-03-02T07:00:00Z", 1, "2026-03-02T09:00:00+01:00"),  # asked from another zone
    ],
)
def test_office_hours_in_geneva(start: str, duration: float, due: str) -> None:
    assert coverage.add(office, start=at(start), duration=hours(duration)) == at(due)


def test_seconds_and_microseconds_are_kept() -> None:
    start = at("2026-03-02T11:59:58.250001+01:00")
    due = coverage.add(office, start=start, duration=timedelta(seconds=3, microseconds=5))
    assert due == at("2026-03-02T13:30:01.250006+01:00")
    assert due.tzinfo is UTC


def test_the_day_of_25_hours_has_25_open_hours_and_the_day_of_23_has_23() -> None:
    autumn = {"start": at("2026-10-25T00:00:00+02:00"), "end": at("2026-10-26T00:00:00+01:00")}
    spring = {"start": at("2026-03-29T00:00:00+01:00"), "end": at("2026-03-30T00:00:00+02:00")}
    assert coverage.minutes_between(always, **autumn) == 25 * 60
    assert coverage.minutes_between(always, **spring) == 23 * 60


def test_a_time_that_the_spring_change_skips_stands_for_the_jump() -> None:
    start, end = at("2026-03-29T00:00:00+01:00"), at("2026-03-30T00:00:00+02:00")
    opening_in_it = calendar({"sun": [["02:30", "06:00"]]})
    assert coverage.periods(opening_in_it, start=start, end=end) == [
        (at("2026-03-29T03:00:00+02:00"), at("2026-03-29T06:00:00+02:00"))
    ]
    closing_in_it = calendar({"sun": [["01:00", "02:30"]]})
    assert coverage.minutes_between(closing_in_it, start=start, end=end) == 60
    all_of_it = calendar({"sun": [["02:00", "03:00"]]})
    assert coverage.periods(all_of_it, start=start, end=end) == []
    assert not is_working_day(all_of_it, on=date(2026, 3, 29))


def test_a_time_that_the_autumn_change_repeats_stands_for_its_first_occurrence() -> None:
    start, end = at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00")
    for shift, expected in [
        (["02:30", "06:00"], ("2026-10-25T02:30:00+02:00", "2026-10-25T06:00:00+01:00")),
        (["00:00", "02:30"], ("2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00")),
        (["02:00", "03:00"], ("2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+01:00")),
    ]:
        openings = coverage.periods(calendar({"sun": [shift]}), start=start, end=end)
        assert openings == [(at(expected[0]), at(expected[1]))]


def test_a_day_that_a_zone_never_had_is_not_open_and_is_no_working_day() -> None:
    apia = calendar(on(ALL_DAYS, [["09:00", "17:00"]]), tz="Pacific/Apia")
    due = coverage.add(apia, start=at("2011-12-29T16:00:00-10:00"), duration=hours(2))
    assert due == at("2011-12-31T10:00:00+14:00")
    assert not is_working_day(apia, on=date(2011, 12, 30))


def test_half_an_hour_is_repeated_on_lord_howe() -> None:
    island = calendar(on(ALL_DAYS, [["00:00", "24:00"]]), tz="Australia/Lord_Howe")
    day = {"start": at("2026-04-05T00:00:00+11:00"), "end": at("2026-04-06T00:00:00+10:30")}
    assert coverage.minutes_between(island, **day) == 24.5 * 60


def test_a_night_belongs_to_the_day_on_which_it_starts() -> None:
    assert coverage.is_open(nights, at=at("2026-03-02T05:59:59+01:00"))  # Sunday's night, on the holiday
    assert not coverage.is_open(nights, at=at("2026-03-02T06:00:00+01:00"))
    assert not coverage.is_open(nights, at=at("2026-03-02T23:00:00+01:00"))  # the holiday's own night
    assert not coverage.is_open(nights, at=at("2026-03-03T05:00:00+01:00"))
    assert not is_working_day(nights, on=date(2026, 3, 2))
    assert not is_working_day(nights, on=date(2026, 3, 10))  # only Monday's night ends on it


def test_an_override_opens_a_holiday_and_closes_a_working_day() -> None:
    changed = calendar(
        on(WORKDAYS, OFFICE),
        holidays=["2026-03-02"],
        overrides={"2026-03-02": [["10:00", "11:00"]], "2026-03-03": []},
    )
    assert coverage.add(changed, start=at("2026-03-02T08:00:00+01:00"), duration=hours(2)) == at(
        "2026-03-04T09:00:00+01:00"
    )
    assert coverage.is_holiday(changed, on=date(2026, 3, 2))
    assert is_working_day(changed, on=date(2026, 3, 2))
    assert not is_working_day(changed, on=date(2026, 3, 3))


def test_a_break_cuts_whatever_is_open_the_night_before_and_an_override_included() -> None:
    cut = calendar(
        {"mon": [["22:00", "30:00"]]},
        breaks={"2026-03-03": [["02:00", "04:00"], ["10:00", "11:00"]]},
        overrides={"2026-03-03": [["09:00", "12:00"]]},
    )
    openings = coverage.periods(cut, start=at("2026-03-02T00:00:00+01:00"), end=at("2026-03-04T00:00:00+01:00"))
    assert [(start.isoformat()[8:16], end.isoformat()[8:16]) for start, end in openings] == [
        ("02T21:00", "03T01:00"),
        ("03T03:00", "03T05:00"),
        ("03T08:00", "03T09:00"),
        ("03T10:00", "03T11:00"),
    ]


def test_openings_that_touch_at_midnight_are_one() -> None:
    touching = calendar({"mon": [["18:00", "24:00"]], "tue": [["00:00", "08:00"]]})
    monday_evening = at("2026-03-02T20:00:00+01:00")
    assert coverage.next_close(touching, after=monday_evening) == at("2026-03-03T08:00:00+01:00")
    assert coverage.next_open(touching, after=monday_evening) == at("2026-03-09T18:00:00+01:00")
    assert coverage.previous_open(touching, before=at("2026-03-03T07:00:00+01:00")) == at("2026-03-02T18:00:00+01:00")


def test_an_edge_is_neither_its_own_next_nor_its_own_previous() -> None:
    opening, closing = at("2026-03-03T08:00:00+01:00"), at("2026-03-03T12:00:00+01:00")
    assert coverage.next_open(office, after=opening) == at("2026-03-03T13:30:00+01:00")
    assert coverage.previous_open(office, before=opening) == at("2026-03-02T13:30:00+01:00")
    assert coverage.next_close(office, after=closing) == at("2026-03-03T18:00:00+01:00")
    assert coverage.previous_close(office, before=closing) == at("2026-03-02T18:00:00+01:00")


def test_subtracting_goes_back_to_the_opening_and_from_a_closed_instant_to_the_closing() -> None:
    noon = at("2026-03-03T12:00:00+01:00")
    assert coverage.subtract(office, end=noon, duration=hours(4)) == at("2026-03-03T08:00:00+01:00")
    assert coverage.subtract(office, end=noon, duration=hours(5)) == at("2026-03-02T17:00:00+01:00")
    assert coverage.subtract(office, end=noon, duration=hours(0)) == noon
    lunch = at("2026-03-03T13:00:00+01:00")
    assert coverage.subtract(office, end=lunch, duration=hours(0)) == noon


def test_differences_are_negative_backwards_and_not_always_whole() -> None:
    start, end = at("2026-03-02T11:59:30+01:00"), at("2026-03-02T14:00:00+01:00")
    assert coverage.minutes_between(office, start=start, end=end) == 30.5
    assert coverage.minutes_between(office, start=end, end=start) == -30.5
    with pytest.raises(CoverageError, match="before the start"):
        coverage.periods(office, start=end, end=start)


def test_pauses_are_left_out_whether_they_overlap_or_lie_in_closed_time() -> None:
    pauses = [
        (at("2026-03-02T10:00:00+01:00"), at("2026-03-02T11:00:00+01:00")),
        (at("2026-03-02T09:30:00+01:00"), at("2026-03-02T10:30:00+01:00")),
        (at("2026-03-02T12:15:00+01:00"), at("2026-03-02T13:00:00+01:00")),
        (at("2026-03-02T17:00:00+01:00"), at("2026-03-03T09:00:00+01:00")),
    ]
    target = {"start": at("2026-03-02T08:00:00+01:00"), "pauses": pauses}
    assert sla_target(office, duration=hours(2.5), **target) == at("2026-03-02T12:00:00+01:00")
    assert sla_target(office, duration=hours(6), **target) == at("2026-03-02T17:00:00+01:00")  # as the pause starts
    assert sla_target(office, duration=hours(7), **target) == at("2026-03-03T10:00:00+01:00")
    with pytest.raises(CoverageError, match="ends before it starts"):
        sla_target(office, duration=hours(1), start=pauses[0][0], pauses=[pauses[0][::-1]])
    in_utc = tuple(edge.astimezone(UTC) for edge in pauses[0][::-1])
    with pytest.raises(CoverageError, match=r"from 2026-03-02T\d\d:\d\d:00\+01:00 to"):
        sla_target(office, duration=hours(1), start=pauses[0][0], pauses=[in_utc])
    with pytest.raises(CoverageError, match="negative"):
        sla_target(office, duration=hours(-1), start=pauses[0][0])


def test_working_days_pass_over_week_ends_and_holidays() -> None:
    friday, saturday, monday = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9)
    assert add_working_days(office, start=friday, days=1) == monday
    assert add_working_days(office, start=saturday, days=1) == monday
    assert add_working_days(office, start=saturday, days=0) == monday
    assert add_working_days(office, start=saturday, days=-1) == friday
    assert add_working_days(office, start=date(2026, 12, 30), days=1) == date(2027, 1, 4)
    assert working_days_between(office, start=friday, end=monday) == 1
    assert working_days_between(office, start=monday, end=friday) == -1
    assert working_days_between(office, start=friday, end=saturday) == 0
    assert working_days_between(office, start=date(2025, 12, 31), end=date(2026, 12, 31)) == 253


def test_working_days_from_a_date_time_keep_the_time_on_the_wall() -> None:
    start = at("2026-03-27T10:30:00.5+01:00")
    assert add_working_days(office, start=start, days=1) == at("2026-03-30T10:30:00.5+02:00")


def test_a_day_off_by_a_break_is_no_working_day_but_half_a_day_is() -> None:
    cut = calendar(
        on(WORKDAYS, OFFICE),
        breaks={"2026-12-24": [["12:00", "18:00"]], "2026-12-23": [["00:00", "24:00"]]},
    )
    assert is_working_day(cut, on=date(2026, 12, 24))
    assert not is_working_day(cut, on=date(2026, 12, 23))


def test_a_calendar_without_zone_reads_every_wall_clock_as_it_stands() -> None:
    wall = calendar(on(WORKDAYS, OFFICE), tz=None)
    naive = coverage.add(wall, start=at("2026-03-27T17:00:00"), duration=hours(2))
    assert naive.isoformat() == "2026-03-30T09:00:00"
    anywhere = coverage.add(wall, start=at("2026-03-27T17:00:00-05:00"), duration=hours(2))
    assert anywhere.isoformat() == "2026-03-30T09:00:00-05:00"


def test_a_moment_without_offset_is_refused_where_the_calendar_has_a_zone() -> None:
    with pytest.raises(ValueError, match="offset"):
        coverage.is_open(office, at=at("2026-03-27T17:00:00"))


def test_never_open_is_an_error_within_five_years_and_an_opening_at_their_end_is_found() -> None:
    now = at("2026-03-02T08:00:00+01:00")
    late = calendar({}, overrides={"2031-03-01": [["08:00", "09:00"]]})
    assert coverage.next_open(late, after=now) == at("2031-03-01T08:00:00+01:00")
    too_late = calendar({}, overrides={"2031-03-04": [["08:00", "09:00"]]})
    for question in (
        lambda: coverage.add(too_late, start=now, duration=hours(1)),
        lambda: coverage.add(late, start=now, duration=hours(2)),
        lambda: coverage.add(too_late, start=now, duration=hours(0)),
        lambda: coverage.subtract(too_late, end=now, duration=hours(1)),
        lambda: coverage.next_open(too_late, after=now),
        lambda: coverage.next_close(too_late, after=now),
        lambda: coverage.previous_open(too_late, before=now),
        lambda: coverage.previous_close(too_late, before=now),
        lambda: sla_target(too_late, start=now, duration=hours(1)),
        lambda: add_working_days(too_late, start=now, days=1),
        lambda: add_working_days(too_late, start=now, days=-1),
    ):
        with pytest.raises(NeverOpen, match="five years"):
            question()
    assert not coverage.is_open(too_late, at=now)
    assert coverage.minutes_between(too_late, start=now, end=now + timedelta(900)) == 0


def test_a_calendar_that_is_always_open_has_no_edges() -> None:
    now = at("2026-03-02T08:00:00+01:00")
    for question in (
        lambda: coverage.next_open(always, after=now),
        lambda: coverage.next_close(always, after=now),
        lambda: coverage.previous_open(always, before=now),
        lambda: coverage.previous_close(always, before=now),
    ):
        with pytest.raises(NeverCloses, match="five years"):
            question()
    assert len(coverage.periods(always, start=now, end=now + timedelta(900))) == 1


def test_what_lies_more_than_a_hundred_years_away_is_refused() -> None:
    now = at("2026-03-02T08:00:00+01:00")
    for question in (
        lambda: coverage.add(office, start=now, duration=timedelta(40_000)),
        lambda: coverage.add(office, start=now, duration=timedelta(20_000)),  # as open time, four times as long
        lambda: coverage.subtract(office, end=now, duration=timedelta(20_000)),
        lambda: coverage.minutes_between(office, start=now, end=now + timedelta(40_000)),
        lambda: coverage.periods(office, start=now, end=now + timedelta(40_000)),
        lambda: add_working_days(office, start=now, days=40_000),
        lambda: add_working_days(office, start=now, days=-30_000),
        lambda: working_days_between(office, start=now, end=now + timedelta(40_000)),
        lambda: coverage.is_open(office, at=at("0001-01-01T00:00:00+23:00")),
        lambda: is_working_day(office, on=date(9999, 12, 31)),
    ):
        with pytest.raises(TooFar):
            question()
