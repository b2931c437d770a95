from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from entraide.channels.hooks import keeping
from entraide.channels.hooks.models import Endpoint
from tests.hooks.receiver import Receiver
from tests.world import World

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as receiver:
        yield receiver


@pytest.fixture
def loopback(settings: Any) -> None:
    """The operator lets messages go to this machine."""
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"private_targets": LOOPBACK})


@pytest.fixture
def endpoint(world: World, receiver: Receiver, loopback: None) -> Callable[..., tuple[Endpoint, str]]:
    def made(**fields: Any) -> tuple[Endpoint, str]:
        return keeping.register(receiver.url, **{"name": "Tableau de bord", **fields})

    return made
