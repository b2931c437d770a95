"""What must hold for every calendar in every zone, against a walk along the wall clock by five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from entraide.sla import coverage
from entraide.sla.calendar import Calendar
from entraide.sla.pauses import sla_target
from entraide.sla.stretches import STRETCH_DAYS
from entraide.sla.working_days import add_working_days, is_working_day, working_days_between

STEP = timedelta(minutes=5)
TICK = timedelta(microseconds=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK_STEPS = 7 * 288
# Half-hour changes, a day that never was, changes twice a year around Ramadan, odd offsets, changes at midnight.
SPECIAL = [
    ("Europe/Zurich", date(2026, 3, 29)),
    ("Europe/Zurich", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Asia/Kathmandu", date(2026, 5, 1)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 4, 5)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("America/Toronto", date(2026, 11, 1)),
    # Where one stretch of the kept sums ends and the next begins.
    ("Asia/Kathmandu", date.fromordinal(11_562 * STRETCH_DAYS)),
    ("Europe/Zurich", date.fromordinal(11_563 * STRETCH_DAYS)),
]
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)

thorough = settings(max_examples=150, deadline=None, derandomize=True)


@dataclass
class Question:
    """A calendar with a window of some days in it, most often around a change of the clock."""

    document: dict
    around: date

    def __post_init__(self) -> None:
        self.calendar = Calendar.from_json(self.document)
        self.zone = ZoneInfo(self.document["tz"])
        self.start = datetime(self.around.year, self.around.month, self.around.day, tzinfo=UTC) - timedelta(2)
        self.end = self.start + timedelta(5)


def clock(steps: int) -> str:
    return f"{steps // 12:02}:{steps % 12 * 5:02}"


@st.composite
def places(draw) -> tuple[str, date]:
    if draw(st.booleans()):
        return draw(st.sampled_from(SPECIAL))
    name = draw(st.sampled_from(ZONES))
    day = draw(st.dates(date(1990, 1, 1), date(2036, 12, 31)))
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(name)) + timedelta(n) for n in range(190)]
    changes = [noon for noon in noons if noon.utcoffset() != (noon - timedelta(1)).utcoffset()]
    return name, changes[0].date() if changes else day


@st.composite
def weeks(draw) -> dict:
    """Hours without overlap: pairs of points on the circle of the week, nights as likely as days."""
    nights = st.builds(lambda day, step: day * 288 + step, st.integers(0, 6), st.integers(0, 60))
    points = draw(st.lists(st.one_of(st.integers(0, WEEK_STEPS - 1), nights), min_size=2, max_size=16, unique=True))
    points = sorted(points)[: len(points) // 2 * 2]
    if draw(st.booleans()):  # so that one interval passes from Sunday into Monday
        points = [*points[1:], points[0] + WEEK_STEPS]
    hours: dict = {}
    for start, end in zip(points[::2], points[1::2], strict=True):
        day, opening = divmod(start, 288)
        closing = min(opening + end - start, 2 * 288)
        hours.setdefault(DAYS[day % 7], []).append([clock(opening), clock(closing)])
    return hours


@st.composite
def intervals(draw) -> list:
    small_hours = st.integers(0, 48)  # where the clock changes
    points = sorted(draw(st.lists(st.integers(0, 287) | small_hours, max_size=6, unique=True)))
    points = points[: len(points) // 2 * 2]
    pairs = [[clock(start), clock(end)] for start, end in zip(points[::2], points[1::2], strict=True)]
    if points and draw(st.booleans()):
        pairs[-1][1] = clock(draw(st.integers(288, 576)))
    return pairs


@st.composite
def questions(draw) -> Question:
    zone, around = draw(places())
    days = st.integers(-4, 5).map(lambda offset: str(around + timedelta(offset)))
    document = {
        "tz": zone,
        "hours": draw(weeks()),
        "holidays": draw(st.lists(days, max_size=2)),
        "breaks": draw(st.dictionaries(days, intervals(), max_size=3)),
        "overrides": draw(st.dictionaries(days | st.just(str(around)), intervals(), max_size=3)),
    }
    return Question(document, around)


moments_from = st.integers(0, 5 * 86_400 * 10**6).map(lambda us: timedelta(microseconds=us))
durations = st.integers(1, 20 * 86_400 * 10**6).map(lambda us: timedelta(microseconds=us))


def walk(question: Question) -> list[tuple[datetime, bool]]:
    """Return for each step of the window whether it is open, by a clock on the wall that is never turned back."""
    at, shown = question.start - timedelta(days=3), question.start.replace(tzinfo=None) - timedelta(days=9)
    steps = []
    while at < question.end:
        shown = max(shown, at.astimezone(question.zone).replace(tzinfo=None))
        if at >= question.start:
            steps.append((at, is_open_by_the_wall(question.document, shown)))
        at += STEP
    return steps


def is_open_by_the_wall(document: dict, shown: datetime) -> bool:
    is_open = False
    for day in (shown.date(), shown.date() - timedelta(1)):
        minutes = (shown - datetime.combine(day, time.min)) // timedelta(minutes=1)
        hours = [] if str(day) in document["holidays"] else document["hours"].get(DAYS[day.weekday()], [])
        hours = document["overrides"].get(str(day), hours)
        if any(covers(pair, minutes) for pair in document["breaks"].get(str(day), [])):
            return False
        is_open = is_open or any(covers(pair, minutes) for pair in hours)
    return is_open


def covers(pair: list[str], minutes: int) -> bool:
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in pair)
    return start <= minutes < end


@thorough
@given(questions())
def test_openings_are_those_of_a_wall_clock_that_is_never_turned_back(question):
    steps = walk(question)
    for at, is_open in steps:
        assert coverage.is_open(question.calendar, at=at) == is_open
        assert coverage.is_open(question.calendar, at=at + STEP - TICK) == is_open
    runs = [list(run) for is_open, run in groupby(steps, key=lambda step: step[1]) if is_open]
    expected = [(run[0][0], run[-1][0] + STEP) for run in runs]
    assert coverage.periods(question.calendar, start=question.start, end=question.end) == expected
    minutes = coverage.minutes_between(question.calendar, start=question.start, end=question.end)
    assert minutes == 5 * sum(is_open for _, is_open in steps)


@thorough
@given(questions(), moments_from, durations)
def test_adding_and_measuring_are_inverse_and_the_due_time_is_the_earliest(question, since, duration):
    start = question.start + since
    due = coverage.add(question.calendar, start=start, duration=duration)
    assert coverage.open_time_between(question.calendar, start=start, end=due) == duration
    assert coverage.open_time_between(question.calendar, start=due, end=start) == -duration
    assert coverage.open_time_between(question.calendar, start=start, end=due - TICK) == duration - TICK
    begun = coverage.subtract(question.calendar, end=due, duration=duration)
    assert begun == coverage.add(question.calendar, start=start, duration=timedelta(0))


@thorough
@given(questions(), moments_from, durations)
def test_subtracting_and_measuring_are_inverse_and_the_start_is_the_latest(question, since, duration):
    end = question.start + since
    begun = coverage.subtract(question.calendar, end=end, duration=duration)
    assert coverage.open_time_between(question.calendar, start=begun, end=end) == duration
    assert coverage.open_time_between(question.calendar, start=begun + TICK, end=end) == duration - TICK
    assert coverage.subtract(question.calendar, end=end, duration=-duration) == coverage.add(
        question.calendar, start=end, duration=duration
    )


@thorough
@given(questions(), moments_from)
def test_the_next_and_previous_edges_are_true_edges_with_none_between(question, since):
    calendar, at = question.calendar, question.start + since
    assume(not is_always_open(question))
    opening, closing = coverage.next_open(calendar, after=at), coverage.next_close(calendar, after=at)
    opened, closed = coverage.previous_open(calendar, before=at), coverage.previous_close(calendar, before=at)
    assert max(opened, closed) < at < min(opening, closing)
    for edge in (opening, opened):
        assert coverage.is_open(calendar, at=edge)
        assert not coverage.is_open(calendar, at=edge - TICK)
    for edge in (closing, closed):
        assert not coverage.is_open(calendar, at=edge)
        assert coverage.is_open(calendar, at=edge - TICK)
    assert coverage.add(calendar, start=at, duration=between(calendar, at, closing)) == closing
    assert coverage.subtract(calendar, end=at, duration=between(calendar, opened, at)) == opened
    ahead = {edge for period in coverage.periods(calendar, start=at, end=max(opening, closing)) for edge in period}
    assert {edge for edge in ahead if edge > at} == {opening, closing} - ({opening} if opening > closing else set())
    behind = {edge for period in coverage.periods(calendar, start=min(opened, closed), end=at) for edge in period}
    assert {edge for edge in behind if edge < at} == {opened, closed} - ({closed} if closed < opened else set())


@thorough
@given(questions(), moments_from)
def test_adding_zero_stays_where_it_is_open_and_goes_to_the_next_opening_elsewhere(question, since):
    at, calendar = question.start + since, question.calendar
    moved = coverage.add(calendar, start=at, duration=timedelta(0))
    if coverage.is_open(calendar, at=at):
        assert moved == at
    else:
        assert moved == coverage.next_open(calendar, after=at)


@thorough
@given(questions(), moments_from, durations, st.lists(st.tuples(moments_from, durations), max_size=4))
def test_pausing_can_only_postpone_a_deadline(question, since, duration, drawn):
    calendar, start = question.calendar, question.start + since
    pauses = [(question.start + begin, question.start + begin + length / 4) for begin, length in drawn]
    plain = coverage.add(calendar, start=start, duration=duration)
    due = sla_target(calendar, start=start, duration=duration, pauses=pauses)
    assert sla_target(calendar, start=start, duration=duration) == plain
    assert sla_target(calendar, start=start, duration=duration, pauses=[(plain, plain + duration)]) == plain
    assert due >= plain
    for i in range(len(pauses)):
        fewer = pauses[:i] + pauses[i + 1 :]
        assert sla_target(calendar, start=start, duration=duration, pauses=fewer) <= due
    assert time_outside(pauses, question=question, start=start, end=due) == duration
    assert time_outside(pauses, question=question, start=start, end=due - TICK) == duration - TICK


def time_outside(pauses, *, question: Question, start: datetime, end: datetime) -> timedelta:
    edges = sorted({start, end} | {min(max(edge, start), end) for pause in pauses for edge in pause})
    return sum(
        (
            between(question.calendar, first, last)
            for first, last in pairwise(edges)
            if not any(begin <= first < finish for begin, finish in pauses)
        ),
        timedelta(0),
    )


@thorough
@given(questions(), moments_from, st.lists(st.tuples(moments_from, durations), max_size=4))
def test_a_target_of_zero_is_due_at_once_or_when_it_is_next_open_and_not_paused(question, since, drawn):
    calendar, start = question.calendar, question.start + since
    pauses = [(question.start + begin, question.start + begin + length / 4) for begin, length in drawn]
    due = sla_target(calendar, start=start, duration=timedelta(0), pauses=pauses)
    assert coverage.is_open(calendar, at=due)
    assert not any(begin <= due < end for begin, end in pauses)
    assert time_outside(pauses, question=question, start=start, end=due) == timedelta(0)


@thorough
@given(places(), moments_from)
def test_a_calendar_that_is_always_open_has_every_second_that_passes(place, since):
    zone, around = place
    calendar = Calendar.from_json({"tz": zone, "hours": {day: [["00:00", "24:00"]] for day in DAYS}})
    start = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(2)
    assert coverage.open_time_between(calendar, start=start, end=start + since) == since
    assert coverage.add(calendar, start=start, duration=since) == start + since
    assert coverage.subtract(calendar, end=start, duration=since) == start - since


@thorough
@given(questions(), st.integers(-4, 5), st.integers(-300, 300))
def test_adding_working_days_and_counting_them_are_inverse(question, offset, days):
    calendar, start = question.calendar, question.around + timedelta(offset)
    assume(any(is_working_day(calendar, on=question.around + timedelta(n)) for n in range(10, 17)))
    found = add_working_days(calendar, start=start, days=days)
    assert is_working_day(calendar, on=found)
    if days:
        counted = working_days_between(calendar, start=start, end=found)
        # Counted back from a day that is not worked, neither the start nor the goal counts.
        assert counted == days + (days < 0 and not is_working_day(calendar, on=start))
        assert working_days_between(calendar, start=found, end=start) == -counted
    else:
        assert found == min(day for n in range(30) if is_working_day(calendar, on=(day := start + timedelta(n))))


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    return coverage.open_time_between(calendar, start=start, end=end)


def is_always_open(question: Question) -> bool:
    whole_week = question.start + timedelta(20), question.start + timedelta(27)
    open_time = coverage.open_time_between(question.calendar, start=whole_week[0], end=whole_week[1])
    return open_time == timedelta(7)
