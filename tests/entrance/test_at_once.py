"""Several at once: tries are all counted."""

from __future__ import annotations

import pytest

from entraide.entrance import limits
from tests.at_once import at_once
from tests.world import World


@pytest.mark.django_db(transaction=True)
def test_twenty_guesses_at_once_are_five(world: World) -> None:
    taken: list[int] = []

    def guess() -> None:
        try:
            limits.try_password("alice@helvetia.example", address="203.0.113.5", browser="")
            taken.append(1)
        except limits.TooMany:
            pass

    at_once(guess, 20)
    assert len(taken) <= 5
