"""The figures of kept and missed promises: plain arithmetic over plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median


@dataclass(frozen=True)
class Overrun:
    """By how much a promise was missed: in open hours (those of its calendar) and in clock time."""

    open_time: timedelta
    clock_time: timedelta


@dataclass(frozen=True)
class Tally:
    """How many promises were kept and how many missed."""

    met: int = 0
    missed: int = 0

    @property
    def promised(self) -> int:
        return self.met + self.missed

    @property
    def kept_percent(self) -> float | None:
        """The share kept, to a tenth, never rounded up: 100 means all. None when nothing was promised."""
        return (1000 * self.met // self.promised) / 10 if self.promised else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.met + other.met, self.missed + other.missed)


@dataclass(frozen=True)
class Figures:
    """One line of a report: this month, the month before, and by how much promises were missed."""

    now: Tally
    before: Tally
    median: Overrun | None
    worst: Overrun | None

    @property
    def change_points(self) -> float | None:
        """By how many percentage points more was kept than in the month before."""
        kept, earlier = self.now.kept_percent, self.before.kept_percent
        return round(kept - earlier, 1) if kept is not None and earlier is not None else None


def figures(now: Tally, before: Tally, overruns: Iterable[Overrun]) -> Figures:
    """Return a line; median and worst are taken of the open hours and of the clock time each by itself."""
    found = list(overruns)
    if not found:
        return Figures(now, before, None, None)
    open_times, clock_times = [each.open_time for each in found], [each.clock_time for each in found]
    middle = Overrun(_median(open_times), _median(clock_times))
    return Figures(now, before, middle, Overrun(max(open_times), max(clock_times)))


def _median(lengths: list[timedelta]) -> timedelta:
    return timedelta(seconds=median(each.total_seconds() for each in lengths))
