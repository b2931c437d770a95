"""The openings of a calendar cut into stretches of 64 days, each with running sums to bisect in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from entraide.sla.wall_time import DAY_S, DAY_US, EPOCH_ORDINAL, first_instant

Hours = tuple[tuple[int, int], ...]
"""The intervals of one day, sorted: (start, end) in seconds since its midnight, ends up to 48 hours."""

STRETCH_DAYS = 64

_Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is open from `begin` to `end`: pieces cut at both, of which `before[i]` µs lie before piece i.

    `opens` and `closes` are the true edges in it, not those where an opening was cut.
    """

    begin: int
    end: int
    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int
    opens: list[int]
    closes: list[int]

    def open_before(self, at: int) -> int:
        """Return how many µs of the stretch are open before `at`."""
        i = bisect_right(self.starts, at) - 1
        return self.before[i] + min(at, self.ends[i]) - self.starts[i] if i >= 0 else 0


class Stretches:
    """All stretches of one calendar by number, built when first asked for.

    `hours_on` gives the hours that start on a date, `breaks_on` what is cut out of a date whatever opened it.
    Two threads that build the same stretch build equal ones, so no lock is needed.
    """

    def __init__(
        self,
        hours_on: Callable[[date], Hours],
        *,
        breaks_on: Callable[[date], Hours],
        zone: ZoneInfo | None,
    ) -> None:
        self._hours_on = hours_on
        self._breaks_on = breaks_on
        self._zone = zone
        self._stretches: dict[int, Stretch] = {}
        self._working_days: dict[int, list[int]] = {}

    def __getitem__(self, number: int) -> Stretch:
        """Return the stretch whose days have the ordinals from `number` × 64."""
        if number not in self._stretches:
            self._stretches[number] = self._build(number)
        return self._stretches[number]

    def number_at(self, at: int) -> int:
        """Return the number of the stretch in which the instant lies."""
        number = (at // DAY_US + EPOCH_ORDINAL) // STRETCH_DAYS
        while at < self[number].begin:
            number -= 1
        while at >= self[number].end:
            number += 1
        return number

    def working_days(self, number: int) -> list[int]:
        """Return the ordinals of the days of a stretch whose own hours leave some open time."""
        if number not in self._working_days:
            days = range(number * STRETCH_DAYS, (number + 1) * STRETCH_DAYS)
            self._working_days[number] = [day for day in days if self._is_worked(day)]
        return self._working_days[number]

    def _build(self, number: int) -> Stretch:
        first, last = number * STRETCH_DAYS, (number + 1) * STRETCH_DAYS
        begin = first_instant(first * DAY_S, zone=self._zone)
        end = first_instant(last * DAY_S, zone=self._zone)
        # Hours reach into the next day; one day more on both sides shows what runs on past the edges.
        days = range(first - 2, last + 1)
        openings = self._open_in(days, breaks_of=days)
        pieces = _merged((max(start, begin), min(stop, end)) for start, stop in openings)
        before, total = [], 0
        for start, stop in pieces:
            before.append(total)
            total += stop - start
        return Stretch(
            begin=begin,
            end=end,
            starts=[start for start, _ in pieces],
            ends=[stop for _, stop in pieces],
            before=before,
            total=total,
            opens=[start for start, _ in openings if begin <= start < end],
            closes=[stop for _, stop in openings if begin <= stop < end],
        )

    def _is_worked(self, day: int) -> bool:
        # The hours may reach into the next day, and the breaks of the day before into this one.
        return bool(self._open_in(range(day, day + 1), breaks_of=range(day - 1, day + 2)))

    def _open_in(self, days: range, *, breaks_of: range) -> _Spans:
        """Return in absolute time what the hours of `days` open, less the breaks."""
        hours = _line_up(self._hours_on, days)
        return _merged(
            (first_instant(start, zone=self._zone), first_instant(end, zone=self._zone))
            for start, end in _without(hours, _line_up(self._breaks_on, breaks_of))
        )


def _line_up(hours_on: Callable[[date], Hours], days: Iterable[int]) -> _Spans:
    """Return the hours of several days on the line of wall time, sorted and merged."""
    return _merged(
        sorted(
            (day * DAY_S + start, day * DAY_S + end) for day in days for start, end in hours_on(date.fromordinal(day))
        )
    )


def _without(spans: _Spans, cuts: _Spans) -> _Spans:
    """Return `spans` less `cuts`, both sorted and free of overlap."""
    kept: _Spans = []
    for start, end in spans:
        for cut_start, cut_end in cuts:
            if cut_end <= start or cut_start >= end:
                continue
            if cut_start > start:
                kept.append((start, cut_start))
            start = cut_end
        if start < end:
            kept.append((start, end))
    return kept


def _merged(spans: Iterable[tuple[int, int]]) -> _Spans:
    """Return sorted spans with those that touch or overlap made one, and the empty ones left out."""
    merged: _Spans = []
    for start, end in spans:
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
