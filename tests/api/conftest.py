from __future__ import annotations

import pytest

from tests.api.caller import Caller
from tests.world import World


@pytest.fixture
def nadia(world: World) -> Caller:
    """A technician of N1, by the API, with every scope."""
    return Caller(world.nadia)


@pytest.fixture
def carla(world: World) -> Caller:
    """The coordinator, who also edits the directory."""
    return Caller(world.carla)


@pytest.fixture
def alice(world: World) -> Caller:
    """A requester."""
    return Caller(world.alice)
