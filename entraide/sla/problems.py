"""What can be wrong with a calendar or a question to it, in sentences that can be translated."""

from __future__ import annotations

from dataclasses import dataclass, field


def gettext_noop(text: str) -> str:
    """Mark `text` for the translators; the screen that shows it translates (no Django in this room's
    arithmetic)."""
    return text


@dataclass(frozen=True)
class Problem:
    """One fault: an English sentence with named placeholders, and the values that go into them."""

    message: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values


class CoverageError(Exception):
    """A question that coverage cannot answer; `problems` says why, one whole sentence each."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(str(problem) for problem in self.problems)


class CalendarError(CoverageError):
    """The calendar itself is not acceptable: all its faults at once."""


class NeverOpen(CoverageError):
    """The calendar has no opening within five years."""


class NeverCloses(CoverageError):
    """The calendar stays open for five years without a break."""


class TooFar(CoverageError):
    """A duration or a span of more than a hundred years, or an instant outside the years 1000 to 9000."""
