"""Tickets that belong together, by the API: each verb once however often it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia(world: World) -> Caller:
    return Caller(world.nadia)


def twice(caller: Caller, method: str, path: str, data: Any = None) -> Any:
    """Send a request again under its key, and return the answer that both got."""
    first, again = (caller.send(method, path, data, Idempotency_Key=f"{method} {path}") for _time in range(2))
    assert first.status_code == again.status_code in (200, 201), first.content
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    return first.json()


def test_a_link_is_made_once_and_removed_once(world: World, nadia: Caller) -> None:
    with everything():
        one, two = world.ticket(), world.ticket()
    linked = twice(
        nadia, "post", f"/tickets/{one.number}/relations", {"other": two.number, "relation": "caused_by"}
    )  # fmt: skip
    assert linked["links"] == [{"relation": "caused_by", "number": two.number}]
    assert nadia.get(f"/tickets/{two.number}").json()["links"] == [{"relation": "causes", "number": one.number}]
    assert twice(nadia, "delete", f"/tickets/{two.number}/relations/{one.number}")["links"] == []
    with everything():
        assert one.timeline().count() == two.timeline().count() == 3
    assert is_problem(nadia.send("delete", f"/tickets/{two.number}/relations/{one.number}"), 409)
    assert is_problem(nadia.send("delete", f"/tickets/{two.number}/relations/999999"), 404)


def test_a_ticket_is_merged_once_and_taken_out_once(world: World, nadia: Caller) -> None:
    with everything():
        whole, part = world.ticket(), world.ticket(world.bob)
    merged = twice(nadia, "post", f"/tickets/{part.number}/merger", {"into": whole.number})
    assert (merged["status"], merged["merged_into"]) == ("closed", whole.number)
    shown = {each["number"]: each["merged_into"] for each in nadia.get("/tickets").json()["items"]}
    assert shown == {whole.number: None, part.number: whole.number}
    assert is_problem(nadia.send("post", f"/tickets/{part.number}/notes", {"text": "x"}), 409)
    undone = twice(nadia, "delete", f"/tickets/{part.number}/merger")
    assert (undone["status"], undone["merged_into"]) == ("new", None)
    with everything():
        assert whole.timeline().count() == part.timeline().count() == 3


def test_messages_are_split_off_and_a_closed_ticket_followed_up_once(world: World, nadia: Caller) -> None:
    with everything():
        ticket, done = world.ticket(), world.ticket()
        entry = actions.answer(ticket, text="Et mon badge ?", actor=world.as_(world.alice))
        actions.resolve(done, code="solved", text="Fait.", actor=world.as_(world.nadia))
        actions.confirm(done, actor=world.as_(world.alice))
    split = twice(nadia, "post", f"/tickets/{ticket.number}/split", {"entries": [entry.number], "subject": "Badge"})
    assert (split["subject"], split["links"]) == ("Badge", [{"relation": "split_from", "number": ticket.number}])
    again = twice(nadia, "post", f"/tickets/{done.number}/follow-ups", {"text": "Cela recommence."})
    assert again["links"] == [{"relation": "follow_up_of", "number": done.number}]
    with everything():
        assert Ticket.objects.count() == 4
    assert is_problem(nadia.send("post", f"/tickets/{ticket.number}/follow-ups", {"text": "x"}), 409)


def test_what_cannot_be_tied_is_refused_at_its_field(world: World, nadia: Caller) -> None:
    with everything():
        hers, strange = world.ticket(), world.ticket(world.zoe)
    at = f"/tickets/{hers.number}"
    across = nadia.send("post", f"{at}/merger", {"into": strange.number})
    assert fields_at_fault(across) == {"into"}
    assert "same organisation" in across.json()["detail"]
    assert fields_at_fault(
        nadia.send("post", f"{at}/relations", {"other": strange.number, "relation": "related"})
    ) == {"other"}  # fmt: skip
    assert fields_at_fault(
        nadia.send("post", f"{at}/relations", {"other": strange.number, "relation": "split_from"})
    ) == {"relation"}  # fmt: skip
    assert fields_at_fault(nadia.send("post", f"{at}/split", {"entries": [99], "subject": "x"})) == {"entries"}
    assert fields_at_fault(nadia.send("post", f"{at}/merger", {"into": 999999})) == {"into"}


def test_requesters_tie_nothing_together_and_see_no_links(world: World, nadia: Caller) -> None:
    with everything():
        one, two = world.ticket(), world.ticket()
    alice = Caller(world.alice)
    for path, data in (
        ("merger", {"into": two.number}), ("relations", {"other": two.number, "relation": "related"}),
    ):  # fmt: skip
        assert is_problem(alice.send("post", f"/tickets/{one.number}/{path}", data), 403)
    assert is_problem(
        Caller(world.zoe).send("post", f"/tickets/{one.number}/merger", {"into": two.number}), 404
    )  # fmt: skip
    nadia.send("post", f"/tickets/{one.number}/relations", {"other": two.number, "relation": "related"})
    assert alice.get(f"/tickets/{one.number}").json()["links"] == []
    only_reads = Caller(world.nadia, scopes=("tickets:read",))
    assert is_problem(only_reads.send("delete", f"/tickets/{one.number}/relations/{two.number}"), 403)
