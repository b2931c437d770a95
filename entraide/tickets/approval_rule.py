"""When an approval is decided, and when those who have not answered are reminded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal

# one: the one person who is asked · all: every one of them · any: whoever answers first
Rule = Literal["one", "all", "any"]
Outcome = Literal["open", "approved", "refused"]
RULES: tuple[Rule, ...] = ("one", "all", "any")
REMINDED_BEFORE = timedelta(days=1)


def outcome(rule: Rule, *, asked: Collection[int], approved: Collection[int], refused: Collection[int]) -> Outcome:
    """Return how an approval stands: a refusal decides by any rule, an approval does unless all are needed.

    The answer of somebody who was not asked counts for nothing.
    """
    said_yes, said_no = set(asked) & set(approved), set(asked) & set(refused)
    if said_no:
        return "refused"
    if rule == "all":
        return "approved" if asked and said_yes == set(asked) else "open"
    return "approved" if said_yes else "open"


def reminder_at(*, asked_at: datetime, until: datetime) -> datetime:
    """Return when to remind: a day before the end, or half-way where there are less than two days."""
    return max(until - REMINDED_BEFORE, asked_at + (until - asked_at) / 2)
