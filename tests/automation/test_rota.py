"""Who is on call: turns on the wall clock, stand-ins, and the nights when the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide.automation.rota import Override, Shifts, duties, on_call, overlapping

GENEVA = ZoneInfo("Europe/Zurich")
ANNA, BEAT, CLEO = 1, 2, 3


def turns(**other: object) -> Shifts:
    """Anna, Beat and Cléo from Monday 2 March 2026, handing over on Mondays at 08:00 in Geneva."""
    facts: dict[str, object] = {"zone": GENEVA, "starts_on": date(2026, 3, 2), "weekday": 0, "at": time(8), "people": (ANNA, BEAT, CLEO)}  # fmt: skip
    return Shifts(**{**facts, **other})  # type: ignore[arg-type]


def geneva(day: int, hour: int, minute: int = 0, *, month: int = 3, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, fold=fold, tzinfo=GENEVA)


def test_each_week_is_the_next_persons_from_the_minute_of_the_handover() -> None:
    assert on_call(turns(), geneva(2, 7, 59)) is None
    assert on_call(turns(), geneva(2, 8)) == ANNA
    assert on_call(turns(), geneva(9, 7, 59)) == ANNA
    assert on_call(turns(), geneva(9, 8)) == BEAT
    assert on_call(turns(), geneva(16, 8)) == CLEO
    assert on_call(turns(), geneva(23, 8)) == ANNA


def test_a_first_turn_that_begins_in_midweek_ends_at_the_first_handover() -> None:
    rota = turns(starts_on=date(2026, 3, 5))
    assert on_call(rota, geneva(5, 7)) is None
    assert on_call(rota, geneva(5, 8)) == ANNA
    assert on_call(rota, geneva(9, 7, 59)) == ANNA
    assert on_call(rota, geneva(9, 8)) == BEAT


def test_the_handover_is_at_the_same_time_on_the_wall_after_the_clock_changed() -> None:
    # Summer time began on Sunday 29 March: 08:00 is 07:00 UTC before and 06:00 UTC after.
    assert on_call(turns(), datetime(2026, 3, 23, 6, 59, tzinfo=UTC)) == CLEO
    assert on_call(turns(), datetime(2026, 3, 23, 7, 0, tzinfo=UTC)) == ANNA
    assert on_call(turns(), datetime(2026, 3, 30, 5, 59, tzinfo=UTC)) == ANNA
    assert on_call(turns(), datetime(2026, 3, 30, 6, 0, tzinfo=UTC)) == BEAT


def test_a_handover_in_the_hour_that_the_clock_skips_or_repeats_happens_once() -> None:
    # Sundays at 02:30: skipped on 29 March (01:00 UTC is the jump), twice on 25 October (00:30 UTC is the first).
    spring = turns(weekday=6, at=time(2, 30), starts_on=date(2026, 3, 22), people=(ANNA, BEAT))
    assert on_call(spring, datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == ANNA
    assert on_call(spring, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == BEAT
    autumn = turns(weekday=6, at=time(2, 30), starts_on=date(2026, 10, 18), people=(ANNA, BEAT))
    assert on_call(autumn, datetime(2026, 10, 25, 0, 29, tzinfo=UTC)) == ANNA
    assert on_call(autumn, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == BEAT
    assert on_call(autumn, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == BEAT


def test_an_override_replaces_whoever_has_the_turn_and_its_end_is_not_part_of_it() -> None:
    rota = turns(overrides=(Override(geneva(4, 18), geneva(5, 8), CLEO),))
    assert on_call(rota, geneva(4, 17, 59)) == ANNA
    assert on_call(rota, geneva(4, 18)) == CLEO
    assert on_call(rota, geneva(5, 8)) == ANNA


def test_whoever_is_away_is_passed_over_until_they_are_back() -> None:
    away = {ANNA: geneva(4, 0)}
    assert on_call(turns(), geneva(3, 12), away=away) == BEAT
    assert on_call(turns(), geneva(4, 0), away=away) == ANNA
    assert on_call(turns(), geneva(3, 12), away={ANNA: geneva(4, 0), BEAT: geneva(9, 0)}) == CLEO
    assert on_call(turns(people=(ANNA,)), geneva(3, 12), away=away) is None
    override = turns(overrides=(Override(geneva(4, 0), geneva(6, 0), BEAT),))
    assert on_call(override, geneva(4, 12), away={BEAT: geneva(9, 0)}) == ANNA


def test_the_weeks_say_who_was_planned_and_who_stands_in() -> None:
    rota = turns(overrides=(Override(geneva(12, 0), geneva(13, 0), ANNA),))
    found = duties(rota, start=geneva(2, 8), end=geneva(23, 8), away={CLEO: geneva(18, 0)})
    assert [(each.start, each.planned_id, each.person_id, each.is_override, each.away_ids) for each in found] == [
        (geneva(2, 8), ANNA, ANNA, False, ()),
        (geneva(9, 8), BEAT, BEAT, False, ()),
        (geneva(12, 0), BEAT, ANNA, True, ()),
        (geneva(13, 0), BEAT, BEAT, False, ()),
        (geneva(16, 8), CLEO, ANNA, False, (CLEO,)),
        (geneva(18, 0), CLEO, CLEO, False, ()),
    ]


def test_overrides_may_touch_but_not_overlap() -> None:
    first = Override(geneva(4, 8), geneva(5, 8), BEAT)
    assert overlapping(Override(geneva(5, 8), geneva(6, 8), CLEO), [first]) is None
    assert overlapping(Override(geneva(5, 7, 59), geneva(6, 8), CLEO), [first]) == first
    assert overlapping(Override(geneva(3, 0), geneva(9, 0), CLEO), [first]) == first


@given(
    zone=st.sampled_from(["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]),
    starts_on=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    weekday=st.integers(0, 6),
    at=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    count=st.integers(1, 5),
    hours=st.integers(0, 24 * 400),
    span=st.integers(1, 24 * 70),
)  # fmt: skip
def test_the_weeks_tile_the_time_and_agree_with_who_is_on_call(
    zone: str, starts_on: date, weekday: int, at: time, count: int, hours: int, span: int
) -> None:
    rota = Shifts(ZoneInfo(zone), starts_on, weekday, at, tuple(range(1, count + 1)))
    start = datetime(2024, 6, 1, tzinfo=UTC) + timedelta(hours=hours)
    end = start + timedelta(hours=span)
    found = duties(rota, start=start, end=end)
    assert found[0].start == start and found[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(found))
    for each in found:
        middle = each.start + (each.end - each.start) / 2
        assert on_call(rota, each.start) == on_call(rota, middle) == each.person_id
        assert on_call(rota, each.end - timedelta(microseconds=1)) == each.person_id
        assert each.end - each.start <= timedelta(days=8) or each.person_id is None


@pytest.mark.parametrize("people", [(), (ANNA,)])
def test_a_rota_of_nobody_or_of_one_answers_all_the_same(people: tuple[int, ...]) -> None:
    assert on_call(turns(people=people), geneva(18, 8)) == (ANNA if people else None)
