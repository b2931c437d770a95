"""When a mail may go: quiet hours at both ends, overnight, on the days the clock changes; absence; what is urgent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide.notifications.preferences import Preference, Quiet, when_to_mail

ZURICH = ZoneInfo("Europe/Zurich")
EVERY_DAY = frozenset(range(7))
NIGHT = Quiet(time(19), time(7), EVERY_DAY)
LUNCH = Quiet(time(12), time(13, 30), EVERY_DAY)


def wants(quiet: Quiet | None = None, **facts: object) -> Preference:
    return replace(Preference(in_console=True, by_mail=True, zone=ZURICH, quiet=quiet), **facts)  # type: ignore[arg-type]


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH, fold=fold).astimezone(UTC)


def held(quiet: Quiet, at: str, *, fold: int = 0) -> datetime | None:
    return when_to_mail(wants(quiet), now=local(at, fold=fold))


def test_without_quiet_hours_a_mail_goes_at_once() -> None:
    at = local("2026-11-24T03:00")
    assert when_to_mail(wants(), now=at) == at


def test_whoever_wants_no_mail_gets_none() -> None:
    assert when_to_mail(wants(by_mail=False), now=local("2026-11-24T10:00")) is None


def test_quiet_hours_begin_on_the_minute_and_end_on_the_minute() -> None:
    assert held(LUNCH, "2026-11-24T11:59:59") == local("2026-11-24T11:59:59")
    assert held(LUNCH, "2026-11-24T12:00:00") == local("2026-11-24T13:30")
    assert held(LUNCH, "2026-11-24T13:29:59") == local("2026-11-24T13:30")
    assert held(LUNCH, "2026-11-24T13:30:00") == local("2026-11-24T13:30")


def test_hours_that_pass_midnight_end_the_next_morning() -> None:
    assert held(NIGHT, "2026-11-24T18:59") == local("2026-11-24T18:59")
    assert held(NIGHT, "2026-11-24T19:00") == local("2026-11-25T07:00")
    assert held(NIGHT, "2026-11-25T00:30") == local("2026-11-25T07:00")
    assert held(NIGHT, "2026-11-25T07:00") == local("2026-11-25T07:00")


def test_the_day_is_the_one_on_which_they_begin() -> None:
    friday_nights = replace(NIGHT, days=frozenset({4}))
    assert held(friday_nights, "2026-11-27T23:00") == local("2026-11-28T07:00")
    assert held(friday_nights, "2026-11-28T06:00") == local("2026-11-28T07:00"), "Saturday morning is Friday's night"
    assert held(friday_nights, "2026-11-27T06:00") == local("2026-11-27T06:00"), "Friday morning is Thursday's"


def test_whole_days_that_follow_each_other_are_one_quiet_time() -> None:
    weekend = Quiet(time(0), time(0), frozenset({5, 6}))
    assert held(weekend, "2026-11-28T10:00") == local("2026-11-30T00:00")
    assert held(weekend, "2026-11-27T23:59") == local("2026-11-27T23:59")


def test_hours_that_never_end_let_no_mail_through_rather_than_hang() -> None:
    always = Quiet(time(0), time(0), EVERY_DAY)
    assert always.never_ends
    assert held(always, "2026-11-24T10:00") is None
    assert when_to_mail(wants(always), now=local("2026-11-24T10:00"), urgent=True) is not None


def test_the_clock_is_that_of_the_organisation() -> None:
    at = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert when_to_mail(wants(NIGHT), now=at) == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    assert when_to_mail(wants(NIGHT, zone=ZoneInfo("America/Montreal")), now=at) == at


def test_a_night_in_which_the_clock_goes_forward_is_an_hour_shorter() -> None:
    held_until = held(NIGHT, "2026-03-28T19:00")
    assert held_until == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    assert held_until - local("2026-03-28T19:00") == timedelta(hours=11)


def test_an_end_that_the_clock_skips_is_the_moment_of_the_jump() -> None:
    until_half_past_two = Quiet(time(22), time(2, 30), EVERY_DAY)
    assert held(until_half_past_two, "2026-03-29T01:00") == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert held(until_half_past_two, "2026-03-29T03:00") == local("2026-03-29T03:00")


def test_an_end_that_comes_twice_is_the_second() -> None:
    until_half_past_two = Quiet(time(22), time(2, 30), EVERY_DAY)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert held(until_half_past_two, "2026-10-25T02:10") == second
    assert held(until_half_past_two, "2026-10-25T02:45") == second, "quiet again when the clock goes back"
    assert held(until_half_past_two, "2026-10-25T02:30", fold=1) == second


def test_whoever_is_absent_gets_no_mail_until_the_day_after() -> None:
    absent = wants(absent_until=date(2026, 11, 24))
    assert when_to_mail(absent, now=local("2026-11-24T23:59")) is None
    back = local("2026-11-25T00:00")
    assert when_to_mail(absent, now=back) == back


@pytest.mark.parametrize(
    "preference",
    [wants(by_mail=False), wants(in_console=False), wants(NIGHT), wants(absent_until=date(2027, 1, 1))],
    ids=["no mail", "no console", "quiet", "absent"],
)
def test_what_is_urgent_is_never_held_back(preference: Preference) -> None:
    at = local("2026-11-24T23:00")
    assert when_to_mail(preference, now=at, urgent=True) == at


@given(
    begins=st.times(), ends=st.times(), days=st.frozensets(st.integers(0, 6)),
    at=st.integers(0, 2 * 365 * 86_400).map(lambda second: local("2026-01-01T00:00") + timedelta(seconds=second)),
    zone=st.sampled_from(["Europe/Zurich", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)  # fmt: skip
def test_a_mail_is_never_early_and_not_held_a_second_time(
    begins: time, ends: time, days: frozenset[int], at: datetime, zone: str
) -> None:
    quiet = Quiet(begins, ends, days)
    preference = wants(quiet, zone=ZoneInfo(zone))
    free = when_to_mail(preference, now=at)
    if quiet.never_ends:
        assert free is None
        return
    assert free is not None and at <= free <= at + timedelta(days=8)
    assert when_to_mail(preference, now=free) == free
