"""One world for the whole walk: what a request changes is taken back at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from tests.access.nouns import of_an_organisation, shared
from tests.access.planted import Planted, plant
from tests.access.routes import Parameter, Route
from tests.access.visitors import Visitor, staff_visitors, visitors_of_helvetia
from tests.api.test_bad_input import good_body
from tests.world import World, everything

# Counted anew in every ticket, or written by whoever asks: among ours it leads to ours.
WITHIN_A_TICKET = {
    Parameter("attachments", "name"),
    Parameter("approvals", "entry"),
    Parameter("work", "entry"),
    Parameter("entries", "entry"),
}


@dataclass(repr=False)
class Ground:
    """The world through which the walk goes: what is ours (Helvetia's), what is another's, and who walks."""

    world: World
    ours: Planted
    others: Planted
    common: dict[Parameter, Any]
    visitors: list[Visitor]
    people: dict[str, Visitor]
    # What would do for the operations of the API.
    body: dict[str, Any]

    def of(self, planted: Planted) -> dict[Parameter, Any]:
        """Return what fills addresses with the things of one organisation."""
        return self.common | planted.given

    def swapped(self, route: Route) -> Iterator[dict[Parameter, Any]]:
        """Yield what fills an address with another organisation's things: all of them, and each alone among ours."""
        theirs = [each for each in route.parameters if each in self.others.given and each not in WITHIN_A_TICKET]
        if theirs:
            yield self.of(self.others)
        if len(theirs) > 1:
            for each in theirs:
                yield self.of(self.ours) | {each: self.others.given[each]}


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Ground]:
    files: Path = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock(), override_settings(FILES_ROOT=files), transaction.atomic():
        world = World()
        others = plant(
            world, world.rousseau, requester=world.zoe, contact=_contact_of_rousseau(world), word="zzrousseau"
        )
        ours = plant(world, world.helvetia, requester=world.alice, contact=world.claire, word="zzhelvetia")
        others.words += ("Lambert", "Carouge")
        with everything():
            others.given, ours.given, common = of_an_organisation(others), of_an_organisation(ours), shared(world)
        yield Ground(world, ours, others, common, visitors_of_helvetia(world), staff_visitors(world), good_body(world))
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def files_of_this_test() -> None:
    """The files of the walk are those of its ground."""


def _contact_of_rousseau(world: World) -> Any:
    return world.add(world.rousseau, "Chloe Lambert", "client_contact", only_in=world.rousseau)
