"""Clocks and stays by the API: what is promised, how it stands, and every stretch of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
import time_machine

from entraide.tickets import actions
from tests.api.caller import Caller
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva


def test_the_clocks_of_a_ticket_account_for_every_second(world: World, nadia: Caller) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=2)
        traveller.shift(3600)
        actions.hold(ticket, reason="supplier", actor=world.as_(world.nadia))
        traveller.shift(1800)
        clocks = nadia.get(f"/tickets/{ticket.number}/clocks").json()
        seen = nadia.get(f"/tickets/{ticket.number}").json()
    resolution = next(each for each in clocks if each["metric"] == "resolution")
    assert (resolution["state"], resolution["elapsed_s"], resolution["paused_s"]) == ("paused", 3600, 1800)
    assert resolution["due_at"] is None
    assert [(each["kind"], each["entry"], each["reason"]) for each in resolution["segments"]] == [
        ("running", 1, ""),
        ("paused", 2, "supplier"),
    ]
    # A response does not wait for a supplier: an hour of it has passed, and more.
    first = next(each for each in clocks if each["metric"] == "first_response")
    assert first["state"] == "breached" and first["breached_at"] == "2026-03-02T09:00:00Z"
    for clock in clocks:
        assert all(a["end"] == b["start"] for a, b in pairwise(clock["segments"]))
    assert (seen["next_due_at"], seen["next_due_metric"]) == ("2026-03-02T09:00:00Z", "first_response")


def test_a_requester_sees_the_promises_to_them_and_not_those_between_the_levels(
    world: World, alice: Caller, nadia: Caller
) -> None:
    with everything():
        ticket = world.ticket()
    path = f"/tickets/{ticket.number}"
    assert {each["is_internal"] for each in nadia.get(f"{path}/clocks").json()} == {True, False}
    assert {each["is_internal"] for each in alice.get(f"{path}/clocks").json()} == {False}
    assert [each["level"] for each in nadia.get(f"{path}/stays").json()] == [1]
    assert alice.get(f"{path}/stays").json() == []


def test_nobody_reads_the_clocks_of_another_organisation(world: World) -> None:
    with everything():
        ticket = world.ticket()
    stranger = Caller(world.zoe)
    assert stranger.get(f"/tickets/{ticket.number}/clocks").status_code == 404
    assert stranger.get(f"/tickets/{ticket.number}/stays").status_code == 404


def test_a_client_is_told_of_no_promise_between_the_levels_in_lists_either(
    world: World, alice: Caller, nadia: Caller
) -> None:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket()
        traveller.shift(60)
        actions.reply(ticket, text="Nous regardons.", actor=world.as_(world.nadia))
    path = f"/tickets/{ticket.number}"
    assert nadia.get(path).json()["next_due_metric"] == "in_hand"
    for seen in (alice.get(path).json(), alice.get("/tickets").json()["items"][0]):
        assert seen["next_due_metric"] == "resolution"
        assert seen["next_due_at"] == "2026-03-04T16:30:00Z"
    opened = alice.send(
        "post", "/tickets", {"subject": "Badge", "text": "Perdu.", "requester_id": world.alice.pk}
    ).json()
    assert opened["next_due_metric"] == "first_response"
