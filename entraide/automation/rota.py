"""Who is on call: people in turn, week by week on the wall clock, with stand-ins. Pure, and safe across clock changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from entraide.sla.wall_time import from_wall_reading

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Override:
    """From `starts_at` until `ends_at` this person is on call instead."""

    starts_at: datetime
    ends_at: datetime
    person_id: int


@dataclass(frozen=True)
class Shifts:
    """The first of `people` begins on `starts_on`; the next takes over on each later `weekday` (Monday is 0) at `at`."""

    zone: ZoneInfo
    starts_on: date
    weekday: int
    at: time
    people: tuple[int, ...]
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class Duty:
    """Whose turn it is from `start` until `end`, and who is on call: somebody else where the turn's person is `away`."""

    start: datetime
    end: datetime
    planned_id: int | None
    person_id: int | None
    is_override: bool = False
    away_ids: tuple[int, ...] = ()


# From each person to when they are back: `datetime.max` (aware) for who has left.
Away = Mapping[int, datetime]


def on_call(shifts: Shifts, at: datetime, *, away: Away | None = None) -> int | None:
    """Return who is on call at `at`: an override's person, else whose turn it is, else the next who is not away."""
    return _duty(shifts, at, away or {})[1]


def duties(shifts: Shifts, *, start: datetime, end: datetime, away: Away | None = None) -> list[Duty]:
    """Return who is on call from `start` until `end`, cut wherever that may change."""
    gone = away or {}
    cuts = {start, end, *_handovers(shifts, start=start, end=end), *gone.values()}
    cuts |= {edge for each in shifts.overrides for edge in (each.starts_at, each.ends_at)}
    edges = sorted(cut for cut in cuts if start <= cut <= end)
    found: list[Duty] = []
    for begin, finish in pairwise(edges):
        planned, person, is_override, skipped = _duty(shifts, begin, gone)
        last = found[-1] if found else None
        # One turn may be cut where somebody else comes back: shown as one. A handover stays visible.
        if last and (last.planned_id, last.person_id, last.is_override, last.away_ids) == (
            planned, person, is_override, skipped,
        ) and not _is_handover(shifts, begin):  # fmt: skip
            found[-1] = Duty(last.start, finish, planned, person, is_override, skipped)
        else:
            found.append(Duty(begin, finish, planned, person, is_override, skipped))
    return found


def overlapping(new: Override, others: Sequence[Override]) -> Override | None:
    """Return the first of the others that overlaps; ends may touch."""
    return next((each for each in others if each.starts_at < new.ends_at and new.starts_at < each.ends_at), None)


def _duty(shifts: Shifts, at: datetime, away: Away) -> tuple[int | None, int | None, bool, tuple[int, ...]]:
    """Return whose turn it is, who is on call, whether by an override, and who was passed over because they are away."""
    index = _turn(shifts, at)
    count = len(shifts.people)
    in_turn = [shifts.people[(index + step) % count] for step in range(count)] if index is not None and count else []
    planned = in_turn[0] if in_turn else None
    instead = [each.person_id for each in shifts.overrides if each.starts_at <= at < each.ends_at]
    wanted = [*instead, *in_turn]
    present = next((person for person in wanted if not _is_away(person, at, away)), None)
    skipped = tuple(dict.fromkeys(wanted[: wanted.index(present)] if present is not None else wanted))
    return planned, present, bool(instead) and present == instead[0], skipped


def _is_away(person_id: int, at: datetime, away: Away) -> bool:
    return person_id in away and at < away[person_id]


def _turn(shifts: Shifts, at: datetime) -> int | None:
    """Return how many handovers there were by `at`; None before the first turn begins."""
    if at < _instant(shifts, shifts.starts_on):
        return None
    first = _first_handover(shifts)
    # The date of the wall clock says the week; the instant of that week's handover decides within its day.
    weeks = (at.astimezone(shifts.zone).date() - first) // WEEK
    return max(0, weeks + 1 if at >= _instant(shifts, first + weeks * WEEK) else weeks)


def _handovers(shifts: Shifts, *, start: datetime, end: datetime) -> list[datetime]:
    found = [_instant(shifts, shifts.starts_on)]
    day = _first_handover(shifts)
    weeks = (start.astimezone(shifts.zone).date() - day) // WEEK
    day += max(0, weeks) * WEEK
    while (at := _instant(shifts, day)) < end:
        found.append(at)
        day += WEEK
    return found


def _is_handover(shifts: Shifts, at: datetime) -> bool:
    day = at.astimezone(shifts.zone).date()
    return day >= shifts.starts_on and day.weekday() == shifts.weekday and _instant(shifts, day) == at


def _first_handover(shifts: Shifts) -> date:
    return shifts.starts_on + timedelta(days=(shifts.weekday - shifts.starts_on.weekday() - 1) % 7 + 1)


def _instant(shifts: Shifts, day: date) -> datetime:
    return from_wall_reading(datetime.combine(day, shifts.at), zone=shifts.zone)
