"""When an approval is decided: one, all, any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entraide.tickets.approval_rule import outcome, reminder_at

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "asked", "approved", "refused", "expected"),
    [
        ("one", [1], [], [], "open"),
        ("one", [1], [1], [], "approved"),
        ("one", [1], [], [1], "refused"),
        ("one", [1], [2], [3], "open"),
        ("any", [1, 2], [], [], "open"),
        ("any", [1, 2], [2], [], "approved"),
        ("any", [1, 2], [], [1], "refused"),
        ("all", [1, 2], [], [], "open"),
        ("all", [1, 2], [1], [], "open"),
        ("all", [1, 2], [1, 2], [], "approved"),
        ("all", [1, 2], [2], [1], "refused"),
        ("all", [1, 2], [1, 3], [], "open"),
        ("all", [], [], [], "open"),
    ],
)
def test_who_must_have_answered_for_it_to_be_decided(
    rule: str, asked: list[int], approved: list[int], refused: list[int], expected: str
) -> None:
    assert outcome(rule, asked=asked, approved=approved, refused=refused) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("length", "before"),
    [(timedelta(days=7), timedelta(days=1)), (timedelta(days=2), timedelta(days=1)), (timedelta(hours=8), timedelta(hours=4))],
)  # fmt: skip
def test_the_reminder_comes_a_day_before_or_half_way(length: timedelta, before: timedelta) -> None:
    assert reminder_at(asked_at=MONDAY, until=MONDAY + length) == MONDAY + length - before
