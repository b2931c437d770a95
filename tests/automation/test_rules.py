"""When a condition became true, by the pure functions alone: no desk, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide.automation.rules import Facts, Rule, may_be_news, occasions, true_of
from entraide.sla.calendar import Calendar
from entraide.sla.clocks import Change, Clock
from entraide.sla.promises import Target

NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Calendar.from_json(
    {"tz": "Europe/Zurich", "hours": {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in WEEKDAYS}}
)


def facts(**other: Any) -> Facts:
    """A P3 of team 7 that nobody has taken since it was opened at nine on a Monday, unless told otherwise."""
    opened: dict[str, Any] = {
        "at": NINE, "is_open": True, "kind": "incident", "priority": 3, "level": 1, "organisation_id": 1, "team_id": 7,
        "assignee_id": None, "clocks": (), "calendar": OFFICE, "unassigned_since": NINE, "unaccepted_since": None,
        "silent_since": NINE,
    }  # fmt: skip
    return Facts(**{**opened, **other})


def clock(*changes: tuple[timedelta, Any], metric: str = "resolution", level: int = 0, minutes: int = 240) -> Clock:
    """A clock that runs from nine, unless other phases are given as (after nine, phase)."""
    said = changes or ((timedelta(0), "running"),)
    life = tuple(Change(NINE + after, number, phase) for number, (after, phase) in enumerate(said, start=1))
    return Clock(metric, level, 1, life, Target(metric, 3, minutes, 1, level=level), plan_id=1)


def with_clocks(*clocks: Clock, **other: Any) -> Facts:
    return facts(clocks=tuple((each, OFFICE) for each in clocks), **other)


def when(rule: Rule, life: Any, *, now: datetime) -> Any:
    """Return the first occasion, or None."""
    return next(iter(occasions(rule, life, now=now)), None)


def instant(rule: Rule, *life: Facts, after: timedelta = timedelta(days=30)) -> datetime | None:
    """Return when the rule came true in this life, looked at so long after nine."""
    found = when(rule, life, now=NINE + after)
    return found.at if found else None


def test_a_silence_ends_in_something_true_to_the_microsecond() -> None:
    rule = Rule("unassigned", minutes=10)
    assert instant(rule, facts(), after=10 * MINUTE - timedelta(microseconds=1)) is None
    assert instant(rule, facts(), after=10 * MINUTE) == NINE + 10 * MINUTE


def test_what_happens_at_that_very_instant_comes_in_time() -> None:
    taken = facts(at=NINE + 10 * MINUTE, unassigned_since=None, assignee_id=5)
    assert instant(Rule("unassigned", minutes=10), facts(), taken) is None
    later = replace(taken, at=taken.at + timedelta(microseconds=1))
    assert instant(Rule("unassigned", minutes=10), facts(), later) == NINE + 10 * MINUTE


@pytest.mark.parametrize(
    ("trigger", "since"),
    [("unassigned", "unassigned_since"), ("unaccepted", "unaccepted_since"), ("silent", "silent_since")],
)
def test_each_silence_is_counted_from_its_own_beginning(trigger: Any, since: str) -> None:
    nothing = {"unassigned_since": None, "unaccepted_since": None, "silent_since": None}
    assert instant(Rule(trigger), facts(**nothing)) is None
    assert instant(Rule(trigger), facts(**{**nothing, since: NINE + HOUR})) == NINE + HOUR + 10 * MINUTE


def test_open_time_of_a_silence_stands_still_at_noon_and_in_the_night() -> None:
    # Three hours until noon; the fourth ends at 14:00, the ninth on Tuesday at 10:00, in Geneva.
    assert instant(Rule("silent", minutes=240, in_coverage=True), facts()) == NINE + 5 * HOUR
    assert instant(Rule("silent", minutes=540, in_coverage=True), facts()) == NINE + 25 * HOUR
    assert instant(Rule("silent", minutes=540), facts()) == NINE + 9 * HOUR
    assert instant(Rule("silent", minutes=540, in_coverage=True), facts(calendar=None)) == NINE + 9 * HOUR


def test_a_calendar_that_has_ended_leaves_no_open_time_in_which_to_be_silent() -> None:
    ends = Calendar.from_json({"tz": "Europe/Zurich", "hours": {}, "overrides": {"2026-03-02": [["08:00", "10:00"]]}})
    rule = Rule("silent", minutes=90, in_coverage=True)
    assert instant(rule, facts(calendar=ends)) is None
    assert instant(replace(rule, minutes=60), facts(calendar=ends)) == NINE + HOUR


def test_a_part_of_a_promise_is_a_part_of_its_open_time() -> None:
    assert instant(Rule("percent", "resolution", percent=75), with_clocks(clock())) == NINE + 3 * HOUR
    assert instant(Rule("percent", "resolution", percent=100), with_clocks(clock())) == NINE + 5 * HOUR
    assert instant(Rule("percent", "resolution", percent=200), with_clocks(clock())) == NINE + 24 * HOUR


def test_a_pause_postpones_a_part_of_a_promise_and_does_not_undo_it() -> None:
    rule = Rule("percent", percent=50)
    early = clock((timedelta(0), "running"), (HOUR, "paused"), (2 * HOUR, "running"))
    assert instant(rule, with_clocks(early)) == NINE + 3 * HOUR
    late = clock((timedelta(0), "running"), (150 * MINUTE, "paused"))
    assert instant(rule, with_clocks(late)) == NINE + 2 * HOUR
    never = clock((timedelta(0), "running"), (HOUR, "paused"))
    assert instant(rule, with_clocks(never)) is None


def test_a_promise_that_ended_is_in_no_danger_but_may_have_been_missed() -> None:
    kept = clock((timedelta(0), "running"), (4 * HOUR, "ended"))
    late = clock((timedelta(0), "running"), (6 * HOUR, "ended"))
    assert instant(Rule("percent", percent=50), with_clocks(kept)) is None
    assert instant(Rule("missed"), with_clocks(kept)) is None
    assert instant(Rule("missed"), with_clocks(late)) == NINE + 5 * HOUR


def test_of_several_promises_the_first_speaks_and_says_which_it_is() -> None:
    several = with_clocks(
        clock(), clock(metric="first_response", minutes=30), clock(metric="in_hand", level=2, minutes=5)
    )
    found = when(Rule("missed"), [several], now=NINE + timedelta(days=1))
    assert found is not None and (found.at, found.steps[0].metric, found.steps[0].level) == (
        NINE + 5 * MINUTE,
        "in_hand",
        2,
    )
    assert instant(Rule("missed", "first_response"), several) == NINE + 30 * MINUTE
    assert instant(Rule("missed", "in_hand", level=3), several) is None
    assert instant(Rule("missed", "in_hand", level=2), several) == NINE + 5 * MINUTE


def test_without_a_promise_there_is_nothing_of_it_to_use_up() -> None:
    assert instant(Rule("percent"), facts()) is None
    assert instant(Rule("missed"), with_clocks(replace(clock(), target=None))) is None


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ({"priorities": frozenset({1, 2})}, {"priority": 2}), ({"levels": frozenset({3})}, {"level": 3}),
        ({"kinds": frozenset({"request"})}, {"kind": "request"}), ({"team_ids": frozenset({8})}, {"team_id": 8}),
        ({"organisation_ids": frozenset({2})}, {"organisation_id": 2}),
    ],
)  # fmt: skip
def test_a_ticket_that_comes_under_a_rule_later_is_told_of_from_then_on(condition: Any, other: Any) -> None:
    rule = Rule("unassigned", **condition)
    assert instant(rule, facts()) is None
    assert instant(rule, facts(**other)) == NINE + 10 * MINUTE
    assert instant(rule, facts(), facts(at=NINE + HOUR, **other)) == NINE + HOUR


def test_a_closed_ticket_needs_nobody() -> None:
    closed = facts(is_open=False)
    assert instant(Rule("unassigned"), closed) is None
    assert instant(Rule("unassigned"), replace(closed, at=NINE), facts(at=NINE + 5 * HOUR)) == NINE + 5 * HOUR


def test_what_was_true_before_the_rule_counts_only_when_it_comes_true_anew() -> None:
    rule = Rule("unassigned", since=NINE + HOUR)
    assert instant(rule, facts()) is None
    touched = facts(at=NINE + 2 * HOUR)
    assert instant(rule, facts(), touched) is None, "somebody wrote a note; it has been so all the time"
    taken = facts(at=NINE + 2 * HOUR, unassigned_since=None)
    back = facts(at=NINE + 3 * HOUR, unassigned_since=NINE + 3 * HOUR)
    assert instant(rule, facts(), taken, back) == NINE + 3 * HOUR + 10 * MINUTE


def test_the_facts_of_that_time_come_with_the_answer() -> None:
    before, after = facts(), facts(at=NINE + HOUR, team_id=8)
    found = when(Rule("unassigned"), [before, after], now=NINE + 2 * HOUR)
    assert found is not None and found.facts is before


def test_a_second_silence_is_an_occasion_of_its_own_and_an_interrupted_one_is_not() -> None:
    p1, rule = {"priority": 1}, Rule("unassigned", priorities=frozenset({1}))
    calmer = facts(at=NINE + HOUR)
    again = facts(at=NINE + 2 * HOUR, **p1)
    taken = facts(at=NINE + 3 * HOUR, unassigned_since=None, **p1)
    back = facts(at=NINE + 4 * HOUR, unassigned_since=NINE + 4 * HOUR, **p1)
    found = occasions(rule, [facts(**p1), calmer, again, taken, back], now=NINE + 9 * HOUR)
    assert [(each.at, each.since) for each in found] == [
        (NINE + 10 * MINUTE, NINE),
        (NINE + 4 * HOUR + 10 * MINUTE, NINE + 4 * HOUR),
    ]


def test_promises_of_one_instant_are_one_occasion() -> None:
    several = with_clocks(
        clock(metric="in_hand", level=1, minutes=30), clock(metric="first_response", minutes=30), clock()
    )
    first, second = occasions(Rule("missed"), [several], now=NINE + timedelta(days=1))
    assert [(each.metric, each.level) for each in first.steps] == [("first_response", 0), ("in_hand", 1)]
    assert (first.at, second.at, second.steps[0].metric) == (NINE + 30 * MINUTE, NINE + 5 * HOUR, "resolution")


def test_a_resolution_that_goes_on_after_reopening_is_told_of_anew_and_says_since_when() -> None:
    late, solved, reopened = clock(), [(timedelta(0), "running"), (6 * HOUR, "ended")], (24 * HOUR, "running")
    life = [
        with_clocks(late),
        with_clocks(clock(*solved), at=NINE + 6 * HOUR, is_open=False),
        with_clocks(clock(*solved, reopened), at=NINE + 24 * HOUR),
    ]
    found = occasions(Rule("missed", "resolution"), life, now=NINE + 30 * HOUR)
    assert [(each.at, each.since) for each in found] == [(NINE + 5 * HOUR,) * 2, (NINE + 24 * HOUR, NINE + 5 * HOUR)]


steps = st.lists(
    st.tuples(
        st.integers(0, 90), st.booleans(), st.booleans(), st.integers(1, 4), st.sampled_from(["", "on", "off", "kept"])
    ),
    min_size=1,
    max_size=8,
)
rules = st.builds(
    Rule,
    trigger=st.sampled_from(["percent", "missed", "unassigned"]),
    percent=st.sampled_from([50, 100, 150]),
    minutes=st.integers(1, 120),
    in_coverage=st.booleans(),
    priorities=st.sampled_from([frozenset(), frozenset({1, 2})]),
    since=st.none() | st.integers(-60, 400).map(lambda after: NINE + after * MINUTE),
)


def told(steps: list[tuple[int, bool, bool, int, str]]) -> list[Facts]:
    """A life in which a ticket is taken and given back, closed and reopened, and its clock pauses, runs and ends."""
    life, at, changes, free_since = [], NINE, [Change(NINE, 0, "running")], None
    for number, (gap, is_free, is_open, priority, phase) in enumerate(steps, start=1):
        at += gap * MINUTE
        wanted: Any = {"on": "running", "off": "paused", "kept": "ended"}.get(phase)
        if wanted and changes[-1].phase not in (wanted, "ended"):
            changes.append(Change(at, number, wanted))
        free_since = (free_since or at) if is_free and is_open else None
        running = Clock("resolution", 0, 1, tuple(changes), Target("resolution", priority, 60 * priority, 1), plan_id=1)
        life.append(
            with_clocks(
                running, at=at, is_open=is_open, priority=priority, unassigned_since=free_since, silent_since=None
            )
        )
    return life


@given(rule=rules, steps=steps, wait=st.integers(0, 2000))
def test_an_answer_stays_whatever_happens_next_and_is_true_when_it_says(rule: Rule, steps: Any, wait: int) -> None:
    life = told(steps)
    now = life[-1].at + wait * MINUTE
    all_found = occasions(rule, life, now=now)
    for n in range(1, len(life)):
        if life[n].at == life[n - 1].at:
            continue  # nobody looks between two things that happen at one instant
        seen = occasions(rule, life[:n], now=life[n].at - timedelta(microseconds=1))
        assert seen == all_found[: len(seen)], "a desk that looked earlier said the same"
    keys = [step.key for found in all_found for step in found.steps]
    assert len(keys) == len(set(keys)), "of each step once"
    for found in all_found:
        assert found.facts.at <= found.at <= now and (rule.since is None or found.at >= rule.since)
        assert found.since <= found.at
        true_then = true_of(rule, found.facts, now=found.at)
        assert set(found.steps) <= set(true_then), "it is true at the instant that is given"
        known = occasions(rule, life[: life.index(found.facts) + 1], now=found.at)
        assert found in known, "and was known at once"


@given(rule=rules, steps=steps, wait=st.integers(0, 2000), after=st.integers(-2, 2))
def test_what_is_no_news_by_its_newest_facts_is_none_by_its_whole_life(
    rule: Rule, steps: Any, wait: int, after: int
) -> None:
    life = told(steps)
    now = life[-1].at + wait * MINUTE
    true_now = true_of(rule, life[-1], now=now)
    # Just around the instants where it matters.
    for at in {life[-1].at, *true_now.values()}:
        asked = replace(rule, since=at + after * MINUTE)
        if not may_be_news(asked, life[-1], true_now):
            assert all(found.facts is not life[-1] for found in occasions(asked, life, now=now))
