"""What must hold for every clock on every history, in every zone, over changes of the clock and overnight intervals."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from entraide.sla.calendar import Calendar
from entraide.sla.clocks import Change, Clock, advance, alarm, reaches, reading, segments
from entraide.sla.coverage import open_time_between
from entraide.sla.metrics import METRICS, Snapshot
from entraide.sla.pauses import sla_target
from entraide.sla.problems import CoverageError
from entraide.sla.promises import Plan, Target
from tests.coverage_arithmetic.test_properties import Question, questions

thorough = settings(max_examples=200, deadline=None, derandomize=True)
gaps = st.integers(0, 36 * 60).map(lambda minutes: timedelta(minutes=minutes)) | st.just(timedelta(0))


def plan_with(calendar: Calendar, minutes: dict[int, int], *, id: int = 1) -> Plan:
    """Return a plan that promises every metric at every priority in `minutes`."""
    targets = tuple(
        Target(metric.code, priority, minutes[priority], 7, level=level)
        for metric in METRICS.values()
        for level in metric.levels
        for priority in (1, 2, 3, 4)
    )
    return Plan(id, targets, {7: calendar})


@st.composite
def lives(draw: Any) -> tuple[Question, list[Snapshot], Plan, datetime]:
    """A ticket's snapshots from its opening on, in a window of some days, and a moment after the last."""
    question = draw(questions())
    at = question.start + draw(gaps)
    now = Snapshot(
        1, at, 1, "incident", draw(st.integers(1, 4)), 1, True, "", False, True, False, False, False, None, 0
    )
    life = [now]
    for number in range(2, draw(st.integers(2, 14))):
        at += draw(gaps)
        now = replace(now, number=number, at=at, **draw(steps(now, number)))
        life.append(now)
    plan = plan_with(question.calendar, {priority: draw(st.integers(1, 4000)) for priority in (1, 2, 3, 4)})
    return question, life, plan, at + draw(gaps)


@st.composite
def steps(draw: Any, now: Snapshot, number: int) -> dict[str, Any]:
    word = {"is_answered": True, "awaits_answer": False, "last_update_number": number}
    possible: list[dict[str, Any]] = [
        word,
        {"awaits_answer": True, "pause": ""},
        {"pause": "requester"},
        {"pause": "supplier"},
        {"pause": ""},
        {"priority": draw(st.integers(1, 4))},
        {"level": 2, "awaits_acceptance": True},
        {"awaits_acceptance": False},
        {"level": 1, "awaits_acceptance": False},
        {"is_on_site": True},
        {"has_arrived": now.is_on_site or now.has_arrived},
        {"rhythm_minutes": draw(st.sampled_from([None, 5, 60]))},
        {"is_open": not now.is_open, "pause": "", "awaits_acceptance": False, **(word if now.is_open else {})},
    ]
    return dict(draw(st.sampled_from(possible)))


def fold(life: list[Snapshot], *plans: Plan) -> dict[Any, Clock]:
    known = {plan.id: plan for plan in plans}
    clocks: dict[Any, Clock] = {}
    for snapshot in life:
        clocks = advance(clocks, snapshot, plans=known.__getitem__)
    return clocks


@thorough
@given(lives())
def test_segments_tile_the_life_of_the_ticket_without_gap_or_overlap(story: Any) -> None:
    question, life, plan, now = story
    for clock in fold(life, plan).values():
        tiles = segments(clock, question.calendar, since=life[0].at, now=now)
        if now == life[0].at:
            assert tiles == []
            continue
        assert (tiles[0].start, tiles[-1].end) == (life[0].at, now)
        assert all(first.end == second.start for first, second in pairwise(tiles))
        assert all(tile.start < tile.end for tile in tiles)
        assert {tile.number for tile in tiles} <= {snapshot.number for snapshot in life}


@thorough
@given(lives())
def test_a_reading_agrees_with_its_explanation(story: Any) -> None:
    question, life, plan, now = story
    for clock in fold(life, plan).values():
        seen = reading(clock, question.calendar, now=now, warn_percent=75)
        tiles = segments(clock, question.calendar, since=life[0].at, now=now)
        ran = sum((tile.end - tile.start for tile in tiles if tile.kind == "running"), timedelta())
        if seen.breached_at is None:
            assert ran == seen.elapsed
            assert not {"breached", "missed"} & {tile.kind for tile in tiles}
            assert seen.remaining >= timedelta(0)
        else:
            # Up to the breach it ran as long as was promised, to the microsecond.
            assert ran == timedelta(minutes=clock.target.minutes)
            late = sum((tile.end - tile.start for tile in tiles if tile.kind == "breached"), timedelta())
            assert late == seen.elapsed - ran, "what is late is what ran after it was due, and nothing else"
            assert all(tile.start >= seen.due_at for tile in tiles if tile.kind in ("breached", "missed"))
        assert seen.state in ("running", "paused", "breached", "met", "missed", "off")
        assert (seen.state in ("breached", "missed")) == (seen.breached_at is not None)


@thorough
@given(lives())
def test_the_due_time_is_the_one_that_the_arithmetic_gives_with_the_pauses_left_out(story: Any) -> None:
    question, life, plan, now = story
    for clock in fold(life, plan).values():
        if clock.phase != "running":
            continue
        pauses = [
            (change.at, following.at) for change, following in pairwise(clock.changes) if change.phase != "running"
        ]
        try:
            expected = sla_target(
                question.calendar,
                start=clock.started_at,
                duration=timedelta(minutes=clock.target.minutes),
                pauses=pauses,
            )
        except CoverageError:
            continue
        assert reading(clock, question.calendar, now=now, warn_percent=75).due_at == expected


@thorough
@given(questions(), gaps, st.integers(1, 3000), st.lists(st.tuples(gaps, gaps), max_size=4))
def test_pausing_can_only_postpone_a_deadline(question: Question, since: Any, minutes: int, pauses: Any) -> None:
    start = question.start + since
    target = Target("resolution", 1, minutes, 7)
    plain = Clock("resolution", 0, 1, (Change(start, 1, "running"),), target, 1)
    at, changes = start, [Change(start, 1, "running")]
    for number, (before, during) in enumerate(pauses):
        changes += [
            Change(at + before, 2 * number + 2, "paused", "requester"),
            Change(at + before + during, 2 * number + 3, "running"),
        ]
        at += before + during
    paused = replace(plain, changes=tuple(changes))
    due = reading(plain, question.calendar, now=start, warn_percent=75).due_at
    later = reading(paused, question.calendar, now=at, warn_percent=75).due_at
    assert (due is None) == (later is None)
    assert due is None or due <= later
    lost = sum(
        (
            open_time_between(question.calendar, start=a.at, end=b.at)
            for a, b in pairwise(changes)
            if a.phase == "paused"
        ),
        timedelta(),
    )
    assert due is None or (due == later) or lost > timedelta(0)


@thorough
@given(lives(), st.integers(1, 4), st.integers(1, 4))
def test_another_target_is_judged_from_the_beginning_of_the_clock(story: Any, first: int, second: int) -> None:
    _question, life, plan, now = story
    retargeted = [replace(each, priority=first) for each in life]
    last = replace(life[-1], number=len(life) + 1, priority=second, at=now)
    always_so = [replace(each, priority=second) for each in life]
    switched, straight = fold([*retargeted, last], plan), fold([*always_so, last], plan)
    for key, clock in switched.items():
        if not clock.is_over:
            assert clock == straight[key]


@thorough
@given(lives(), st.integers(1, 99))
def test_so_much_of_a_promise_is_used_up_at_a_time_before_it_is_due(story: Any, percent: int) -> None:
    question, life, plan, now = story
    for clock in fold(life, plan).values():
        due = reaches(clock, question.calendar, percent=100, now=now)
        some = reaches(clock, question.calendar, percent=percent, now=now)
        assert due is None or (some is not None and some <= due)


@thorough
@given(lives())
def test_each_alarm_is_told_once_and_then_there_is_nothing_to_tell(story: Any) -> None:
    question, life, plan, now = story
    for clock in fold(life, plan).values():
        told = []
        while (found := alarm(clock, reading(clock, question.calendar, now=now, warn_percent=75))) is not None:
            if found.at > now:
                break
            told.append(found.kind)
            field = "warned_for" if found.kind == "warning" else "breach_told_for"
            clock = replace(clock, **{field: found.at})
        assert told in ([], ["warning"], ["breach"])
        is_late = reading(clock, question.calendar, now=now, warn_percent=75).breached_at is not None
        assert (told == ["breach"]) == (is_late and clock.phase != "off")
