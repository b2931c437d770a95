"""A ticket is put under the agreement in force by the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from entraide.people.rights import Role
from entraide.sla.models import Agreement, Retargeting
from entraide.sla.promises import read_targets
from entraide.sla.publishing import publish_agreement
from entraide.tickets import actions
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.jobs import do_jobs
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


@pytest.fixture
def adam(world: World) -> Caller:
    """The administrator, who edits what many organisations share."""
    return Caller(world.adam)


def test_all_open_tickets_of_an_agreement_come_under_its_newest_version(world: World, adam: Caller) -> None:
    with everything():
        tickets = [world.ticket(), world.ticket(world.zoe)]
    publish_again(world)
    (listed,) = [each for each in adam.get("/agreements").json()["items"] if each["is_default"]]
    assert listed["version"] == 2
    path = f"/agreements/{listed['id']}/retargeting"
    seen = adam.get(path, limit=1).json()
    assert (seen["version"], seen["count"], len(seen["items"])) == (2, 2, 1)
    first = seen["items"][0]
    assert (first["number"], first["version"], first["missed"]) == (tickets[0].number, 1, [])
    assert first["before"]["metric"] == "first_response" and first["before"] == first["after"]
    assert "Imprimante" not in str(seen), "the administrator sees numbers, not what people wrote"
    rest = adam.get(path, limit=1, cursor=seen["next"]).json()
    assert [each["number"] for each in rest["items"]] == [tickets[1].number] and rest["next"] is None
    begun = adam.send("post", path, {"version": seen["version"]})
    assert begun.status_code == 202, begun.content
    run = begun.json()
    assert (run["total"], run["done"], run["finished_at"]) == (2, 0, None)
    assert adam.send("post", path, {"version": 2}).json()["id"] == run["id"], "one that goes on is not begun twice"
    do_jobs(queues=("upkeep",))
    done = adam.get(f"{path}/{run['id']}").json()
    assert (done["done"], bool(done["finished_at"])) == (2, True)
    assert adam.get(path).json()["count"] == 0
    with everything():
        for ticket in tickets:
            assert [entry.kind for entry in ticket.timeline()].count("retargeted") == 1


def test_what_would_be_missed_at_once_is_said_before(world: World, adam: Caller) -> None:
    agreement = Agreement.objects.get(is_default=True)
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as traveller:
        adam = Caller(world.adam)
        world.ticket()
        document = agreement.current.document
        minute = [
            replace(each, minutes=1) if each.metric == "first_response" else each for each in read_targets(document)
        ]
        publish_agreement(
            agreement, targets=minute, matrix=document["matrix"], vip_raise=0, warn_percent=75, by=world.adam, seen=1
        )
        traveller.shift(timedelta(minutes=10))
        (change,) = adam.get(f"/agreements/{agreement.pk}/retargeting").json()["items"]
    assert change["missed"] == [{"metric": "first_response", "level": None}]
    assert change["after"]["metric"] != "first_response"


def test_a_preview_that_is_out_of_date_or_of_no_version_begins_nothing(world: World, adam: Caller) -> None:
    path = f"/agreements/{Agreement.objects.get(is_default=True).pk}/retargeting"
    publish_again(world)
    late = adam.send("post", path, {"version": 1})
    assert is_problem(late, 409) and "look again at what would change" in late.json()["detail"]
    assert fields_at_fault(adam.send("post", path, {"version": 9})) == {"version"}
    assert fields_at_fault(adam.send("post", path, {"version": 2**40})) == {"version"}
    assert fields_at_fault(adam.send("post", path, {})) == {"version"}
    assert not Retargeting.objects.exists()


def test_who_does_not_edit_everybodys_settings_reads_agreements_and_begins_nothing(
    world: World, nadia: Caller, carla: Caller, alice: Caller
) -> None:
    limited = Caller(world.add(world.lemanique, "Léo Petit", Role.ADMINISTRATOR, only_in=world.helvetia))
    path = f"/agreements/{Agreement.objects.get(is_default=True).pk}/retargeting"
    for caller in (nadia, carla, limited):
        assert caller.get("/agreements").status_code == 200
        assert is_problem(caller.get(path), 403)
        assert is_problem(caller.send("post", path, {"version": 1}), 403)
    assert is_problem(alice.get("/agreements"), 403)
    assert is_problem(alice.get(path), 404) and is_problem(alice.send("post", path, {"version": 1}), 404)
    assert not Retargeting.objects.exists()
