"""The openings of one calendar on the line of absolute time: sums and searches over its stretches.

A question costs one bisection and a step per stretch of 64 days that it passes. Instants and durations are
whole microseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from entraide.sla.problems import NeverCloses, NeverOpen, Problem, TooFar, gettext_noop
from entraide.sla.stretches import Hours, Stretch, Stretches
from entraide.sla.wall_time import DAY_US, say

FIVE_YEARS_DAYS = 1_827  # with two leap days: the longest five years there are
HUNDRED_YEARS_DAYS = 36_525

_FIVE_YEARS = FIVE_YEARS_DAYS * DAY_US
_HUNDRED_YEARS = HUNDRED_YEARS_DAYS * DAY_US


class Openings:
    """When a calendar is open; openings that touch are one, across midnight and across stretches."""

    def __init__(
        self,
        hours_on: Callable[[date], Hours],
        *,
        breaks_on: Callable[[date], Hours],
        zone: ZoneInfo | None,
    ) -> None:
        self.stretches = Stretches(hours_on, breaks_on=breaks_on, zone=zone)
        self._zone = zone

    def is_open(self, at: int) -> bool:
        """Say whether `at` lies in an opening: its start included, its end not."""
        stretch = self.stretches[self.stretches.number_at(at)]
        i = bisect_right(stretch.starts, at) - 1
        return i >= 0 and at < stretch.ends[i]

    def open_time(self, start: int, *, end: int) -> int:
        """Return the open time from `start` to a later or equal `end`."""
        self._refuse_long(end - start)
        first, last = self.stretches.number_at(start), self.stretches.number_at(end)
        passed = sum(self.stretches[number].total for number in range(first, last))
        return passed + self.stretches[last].open_before(end) - self.stretches[first].open_before(start)

    def between(self, start: int, *, end: int) -> list[tuple[int, int]]:
        """Return the openings from `start` to a later or equal `end`, cut to them."""
        self._refuse_long(end - start)
        found: list[tuple[int, int]] = []
        for number in range(self.stretches.number_at(start), self.stretches.number_at(end) + 1):
            stretch = self.stretches[number]
            for i in range(bisect_right(stretch.ends, start), bisect_left(stretch.starts, end)):
                opening = max(stretch.starts[i], start), min(stretch.ends[i], end)
                if found and found[-1][1] == opening[0]:
                    opening = found.pop()[0], opening[1]
                found.append(opening)
        return found

    def after(self, start: int, *, open_time: int) -> int:
        """Return the first instant by which `open_time` (more than zero) has passed since `start`."""
        self._refuse_long(open_time)
        number = self.stretches.number_at(start)
        stretch = self.stretches[number]
        wanted = stretch.open_before(start) + open_time
        last_open = start
        while wanted > stretch.total:
            wanted -= stretch.total
            if stretch.ends:
                last_open = max(last_open, stretch.ends[-1])
            number += 1
            stretch = self.stretches[number]
            if (stretch.starts[0] if stretch.starts else stretch.end) - last_open > _FIVE_YEARS:
                raise self._never_opens(last_open)
            self._refuse_long(stretch.begin - start)
        i = bisect_left(stretch.before, wanted) - 1
        return stretch.starts[i] + wanted - stretch.before[i]

    def before(self, end: int, *, open_time: int) -> int:
        """Return the last instant from which `open_time` (more than zero) passes until `end`."""
        self._refuse_long(open_time)
        number = self.stretches.number_at(end)
        stretch = self.stretches[number]
        wanted = stretch.open_before(end) - open_time
        first_open = end
        while wanted < 0:
            if stretch.starts:
                first_open = min(first_open, stretch.starts[0])
            number -= 1
            stretch = self.stretches[number]
            wanted += stretch.total
            if first_open - (stretch.ends[-1] if stretch.ends else stretch.begin) > _FIVE_YEARS:
                raise self._never_opened(first_open)
            self._refuse_long(end - stretch.end)
        i = bisect_right(stretch.before, wanted) - 1
        return stretch.starts[i] + wanted - stretch.before[i]

    def next_open(self, at: int) -> int:
        """Return the first opening later than `at`."""
        found = self._first_edge(at, edges_of=_opens)
        if found is None:
            stays_open = self.is_open(at) and self._first_edge(at, edges_of=_closes) is None
            raise self._never_closes(at) if stays_open else self._never_opens(at)
        return found

    def next_close(self, at: int) -> int:
        """Return the first closing later than `at`."""
        open_at = at if self.is_open(at) else self.next_open(at)
        found = self._first_edge(open_at, edges_of=_closes)
        if found is None:
            raise self._never_closes(open_at)
        return found

    def previous_open(self, at: int) -> int:
        """Return the last opening earlier than `at`."""
        closed_at = at if self.is_open(at - 1) else self.previous_close(at)
        found = self._last_edge(closed_at, edges_of=_opens)
        if found is None:
            raise self._never_closed(closed_at)
        return found

    def previous_close(self, at: int) -> int:
        """Return the last closing earlier than `at`."""
        found = self._last_edge(at, edges_of=_closes)
        if found is None:
            was_open = self.is_open(at - 1) and self._last_edge(at, edges_of=_opens) is None
            raise self._never_closed(at) if was_open else self._never_opened(at)
        return found

    def _first_edge(self, at: int, *, edges_of: Callable[[Stretch], list[int]]) -> int | None:
        number = self.stretches.number_at(at)
        while (stretch := self.stretches[number]).begin - at <= _FIVE_YEARS:
            edges = edges_of(stretch)
            i = bisect_right(edges, at)
            if i < len(edges):
                return edges[i] if edges[i] - at <= _FIVE_YEARS else None
            number += 1
        return None

    def _last_edge(self, at: int, *, edges_of: Callable[[Stretch], list[int]]) -> int | None:
        number = self.stretches.number_at(at)
        while at - (stretch := self.stretches[number]).end <= _FIVE_YEARS:
            edges = edges_of(stretch)
            i = bisect_left(edges, at) - 1
            if i >= 0:
                return edges[i] if at - edges[i] <= _FIVE_YEARS else None
            number -= 1
        return None

    def _refuse_long(self, length: int) -> None:
        if length > _HUNDRED_YEARS:
            raise TooFar(Problem(gettext_noop("More than a hundred years cannot be computed; use a shorter time.")))

    def _never_opens(self, at: int) -> NeverOpen:
        message = gettext_noop(
            "This calendar has no opening in the five years after %(at)s; give it hours, or overrides on later dates."
        )
        return NeverOpen(Problem(message, {"at": say(at, zone=self._zone)}))

    def _never_opened(self, at: int) -> NeverOpen:
        message = gettext_noop(
            "This calendar has no opening in the five years before %(at)s; give it hours, or overrides"
            " on earlier dates."
        )
        return NeverOpen(Problem(message, {"at": say(at, zone=self._zone)}))

    def _never_closes(self, at: int) -> NeverCloses:
        message = gettext_noop(
            "This calendar stays open for the five years after %(at)s: no opening or closing lies ahead."
        )
        return NeverCloses(Problem(message, {"at": say(at, zone=self._zone)}))

    def _never_closed(self, at: int) -> NeverCloses:
        message = gettext_noop(
            "This calendar was open for the five years before %(at)s: no opening or closing lies behind."
        )
        return NeverCloses(Problem(message, {"at": say(at, zone=self._zone)}))


def _opens(stretch: Stretch) -> list[int]:
    return stretch.opens


def _closes(stretch: Stretch) -> list[int]:
    return stretch.closes
