"""When a recurring ticket comes: properties over zones, changes of the clock and calendars, and dates that one can check by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from entraide.routines.schedule import Schedule, after, dates, due, first_after, instants, office_days, some_after

thorough = settings(max_examples=300, deadline=None, derandomize=True)
ZONES = ("Europe/Zurich", "America/Toronto", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
YEAR = timedelta(days=366)


@st.composite
def schedules(draw: Any) -> Schedule:
    starts_on = draw(st.dates(date(2010, 1, 1), date(2030, 12, 31)))
    return Schedule(
        every=draw(st.integers(1, 5)),
        unit=draw(st.sampled_from(["day", "week", "month"])),
        starts_on=starts_on,
        at=draw(st.times().map(lambda at: at.replace(second=0, microsecond=0)) | st.just(time(2, 30))),
        zone=draw(st.sampled_from(ZONES)),
        weekdays=tuple(draw(st.sets(st.integers(0, 6), max_size=4))),
        month_rule=draw(st.sampled_from(["day", "weekday", "last_working_day"])),
        month_day=draw(st.integers(1, 31)),
        month_nth=draw(st.sampled_from([1, 2, 3, 4, -1])),
        month_weekday=draw(st.integers(0, 6)),
        ends_on=draw(st.none() | st.integers(0, 900).map(lambda days: starts_on + timedelta(days=days))),
        off_days=draw(st.sampled_from(["as_is", "before", "after", "skip"])),
    )


def first(schedule: Schedule, count: int = 30) -> list[datetime]:
    return list(islice(instants(schedule), count))


@thorough
@given(schedules())
def test_each_date_comes_once_and_in_order(schedule: Schedule) -> None:
    found = first(schedule)
    assert all(one < next_one for one, next_one in pairwise(found))


@thorough
@given(schedules())
def test_nothing_comes_before_the_first_day_or_after_the_last(schedule: Schedule) -> None:
    for day in islice(dates(schedule), 40):
        assert schedule.starts_on <= day
        assert schedule.ends_on is None or day <= schedule.ends_on


@thorough
@given(schedules())
def test_the_wall_clock_shows_the_chosen_time_except_where_it_skips_it(schedule: Schedule) -> None:
    zone = ZoneInfo(schedule.zone)
    for instant in first(schedule):
        shown = instant.astimezone(zone)
        wanted = datetime.combine(shown.date(), schedule.at, tzinfo=zone)
        exists = wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None)
        assert shown.time() == schedule.at or not exists or shown.time() > schedule.at


@thorough
@given(schedules())
def test_a_ticket_that_avoids_free_days_comes_on_none(schedule: Schedule) -> None:
    if schedule.off_days != "as_is" or (schedule.unit == "month" and schedule.month_rule == "last_working_day"):
        assert all(office_days(day) for day in islice(dates(schedule), 40))


@thorough
@given(schedules(), st.lists(st.integers(0, 200_000), min_size=1, max_size=6))
def test_whoever_looks_in_pieces_sees_the_same_dates_as_who_looks_once(schedule: Schedule, steps: list[int]) -> None:
    start = datetime.combine(schedule.starts_on, time(), tzinfo=UTC) - timedelta(days=2)
    now, expected, seen = start, first_after(schedule, start), []
    for minutes in steps:
        now += timedelta(minutes=minutes)
        if expected is not None and expected <= now:
            past, expected = due(schedule, expected, until=now)
            seen += past
    whole, later = due(schedule, start, until=now)
    assert seen == whole and expected == later


def rule(**facts: Any) -> Schedule:
    return Schedule(**{"every": 1, "unit": "day", "starts_on": date(2026, 1, 1), "at": time(8), "zone": "Europe/Zurich", **facts})  # fmt: skip


def days_of(schedule: Schedule, count: int, is_working: Any = office_days) -> list[str]:
    return [f"{day:%m-%d}" for day in islice(dates(schedule, is_working=is_working), count)]


def test_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    assert days_of(rule(unit="month", month_day=31), 4) == ["01-31", "02-28", "03-31", "04-30"]


def test_the_last_working_day_of_a_month_is_a_friday_where_the_month_ends_at_the_weekend() -> None:
    found = days_of(rule(unit="month", month_rule="last_working_day"), 5)
    assert found == ["01-30", "02-27", "03-31", "04-30", "05-29"]


def test_the_first_monday_and_the_last_friday() -> None:
    assert days_of(rule(unit="month", month_rule="weekday"), 3) == ["01-05", "02-02", "03-02"]
    assert days_of(rule(unit="month", month_rule="weekday", month_nth=-1, month_weekday=4), 2) == ["01-30", "02-27"]


def test_every_second_week_counts_from_the_week_of_the_first_day() -> None:
    assert days_of(rule(unit="week", every=2, weekdays=(0, 3)), 4) == ["01-01", "01-12", "01-15", "01-26"]


def test_a_weekend_is_moved_to_before_to_after_or_left_out() -> None:
    monthly = {"unit": "month", "starts_on": date(2026, 1, 15)}  # 1 February and 1 March are Sundays.
    assert days_of(rule(**monthly, off_days="before"), 2) == ["01-30", "02-27"]
    assert days_of(rule(**monthly, off_days="after"), 2) == ["02-02", "03-02"]
    assert days_of(rule(**monthly, off_days="skip"), 2) == ["04-01", "05-01"]
    assert days_of(rule(off_days="after", starts_on=date(2026, 1, 2)), 3) == ["01-02", "01-05", "01-06"]


def test_a_calendar_that_is_never_open_ends_the_schedule_instead_of_looking_for_ever() -> None:
    assert days_of(rule(off_days="after"), 3, is_working=lambda day: False) == []


def test_eight_in_the_morning_stays_eight_over_the_change_of_the_clock() -> None:
    found = some_after(rule(starts_on=date(2026, 3, 28)), datetime(2026, 3, 28, tzinfo=UTC), 3)
    assert [each.hour for each in found] == [7, 6, 6]


def test_a_time_that_spring_skips_comes_at_the_jump_and_one_that_autumn_repeats_comes_once() -> None:
    half_past_two = rule(at=time(2, 30), starts_on=date(2026, 3, 29))
    assert next(instants(half_past_two)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    autumn = list(islice(after(half_past_two, datetime(2026, 10, 24, 12, tzinfo=UTC)), 2))
    assert autumn == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]
