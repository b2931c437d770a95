"""A ticket is put under the agreement in force by the API."""

from __future__ import annotations

import pytest

from entraide.sla.models import Agreement
from entraide.sla.promises import read_targets
from entraide.sla.publishing import publish_agreement
from entraide.tickets import actions
from tests.api.caller import Caller, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def publish_again(world: World) -> None:
    agreement = Agreement.objects.get(is_default=True)
    document = agreement.current.document
    publish_agreement(
        agreement, targets=read_targets(document), matrix=document["matrix"], vip_raise=document["vip_raise"],
        warn_percent=document["warn_percent"] - 5, by=world.adam, seen=agreement.current.number, reason="Plus tôt",
    )  # fmt: skip


def test_a_ticket_comes_under_the_newest_version_and_again_changes_nothing(world: World, carla: Caller) -> None:
    with everything():
        ticket = world.ticket()
    publish_again(world)
    path = f"/tickets/{ticket.number}/retargeting"
    first = carla.send("post", path, Idempotency_Key="k1")
    assert first.status_code == 200, first.content
    assert (first.json()["version"], first.json()["is_changed"]) == (2, True) and first.json()["entry"]
    repeated = carla.send("post", path, Idempotency_Key="k1")
    assert repeated["Idempotency-Replayed"] == "true" and repeated.json() == first.json()
    again = carla.send("post", path).json()
    assert (again["is_changed"], again["entry"]) == (False, None)
    with everything():
        ticket.refresh_from_db()
        assert ticket.timeline().count() == 2


def test_who_may_not_is_refused_and_a_stranger_finds_nothing(world: World, nadia: Caller) -> None:
    with everything():
        ticket = world.ticket()
    publish_again(world)
    assert is_problem(nadia.send("post", f"/tickets/{ticket.number}/retargeting"), 403)
    assert is_problem(Caller(world.zoe).send("post", f"/tickets/{ticket.number}/retargeting"), 404)


def test_a_resolved_ticket_stays_where_it_was(world: World, carla: Caller) -> None:
    with everything():
        ticket = world.ticket()
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    publish_again(world)
    assert is_problem(carla.send("post", f"/tickets/{ticket.number}/retargeting"), 409)
