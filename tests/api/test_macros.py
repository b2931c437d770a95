"""Macros by the API: listed, tried, used."""

from __future__ import annotations

from typing import Any

import pytest

from entraide.routines.models import Macro, MacroUse
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def macro(**does: Any) -> Macro:
    texts = {"text_fr": "Bonjour {{ requester.first_name }}", "text_en": "Hello"}
    return Macro.objects.create(**{"name": "Rappel", **texts, "hold_reason": "requester", **does})


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def test_those_that_one_may_use_are_listed(world: World, nadia: Caller, alice: Caller) -> None:
    ours = macro(team=world.n1, tags=["vpn"])
    macro(owner=world.benoit)
    macro(is_active=False)
    everybodys = macro()
    page = nadia.get("/macros", limit=1).json()
    (first,) = page["items"]
    assert (first["id"], first["place"], first["tags"], first["hold_reason"]) == (ours.pk, "team", ["vpn"], "requester")
    (second,) = nadia.get("/macros", limit=1, cursor=page["next"]).json()["items"]
    assert (second["id"], second["place"]) == (everybodys.pk, "all")
    assert is_problem(alice.get("/macros"), 404)
    assert is_problem(Caller(world.nadia, scopes=("directory:read",)).get("/macros"), 403)


def test_it_is_tried_and_then_used(world: World, nadia: Caller) -> None:
    ticket, does = world.ticket(), macro(tags=["vpn"])
    path = f"/tickets/{ticket.number}/macros/{does.pk}"
    tried = nadia.get(path).json()
    assert (tried["text"], tried["language"], tried["gaps"], tried["refused"]) == ("Bonjour Alice", "fr", [], "")
    assert len(tried["acts"]) == 2
    assert fresh(ticket).version == ticket.version
    answer = nadia.send("POST", path, {"mark": tried["mark"]})
    assert answer.status_code == 201, answer.content
    assert [each["kind"] for each in answer.json()] == ["fields_edited", "replied", "put_on_hold"]
    assert answer.json()[1]["text"] == "Bonjour Alice"
    assert (fresh(ticket).status, fresh(ticket).tags) == ("waiting", ["vpn"])
    with everything():
        assert MacroUse.objects.get().person_id == world.nadia.pk


def test_a_repeated_request_uses_it_once(world: World, nadia: Caller) -> None:
    ticket = world.ticket()
    path = f"/tickets/{ticket.number}/macros/{macro().pk}"
    first, second = (nadia.send("POST", path, {"text": "Bonjour !"}, Idempotency_Key="k") for _twice in range(2))
    assert first.json() == second.json() and first.json()[0]["text"] == "Bonjour !"
    with everything():
        assert ticket.timeline().filter(kind="replied").count() == 1


def test_what_was_shown_and_no_longer_holds_is_refused_whole(world: World, nadia: Caller) -> None:
    ticket, does = world.ticket(), macro(tags=["vpn"])
    path = f"/tickets/{ticket.number}/macros/{does.pk}"
    mark = nadia.get(path).json()["mark"]
    with everything():
        actions.edit(ticket, changes={"tags": ["vpn"]}, actor=world.as_(world.nils))
    assert is_problem(nadia.send("POST", path, {"mark": mark}), 409)
    assert fresh(ticket).version == ticket.version
    assert nadia.send("POST", path).status_code == 201


def test_a_gap_is_filled_by_a_text_of_ones_own(world: World, nadia: Caller) -> None:
    gap = macro(text_fr="Vu avec {{ assignee }}.", text_en="")
    path = f"/tickets/{world.ticket().number}/macros/{gap.pk}"
    assert nadia.get(path).json()["gaps"] == ["assignee"]
    assert fields_at_fault(nadia.send("POST", path)) == {"text"}
    assert nadia.send("POST", path, {"text": "Vu avec Nils."}).status_code == 201


def test_what_the_macro_cannot_do_is_said_and_nothing_changed(world: World, nadia: Caller) -> None:
    ticket, does = world.ticket(), macro()
    with everything():
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.nils))
    path = f"/tickets/{ticket.number}/macros/{does.pk}"
    assert nadia.get(path).json()["refused"]
    assert fields_at_fault(nadia.send("POST", path)) <= {"status", ""}
    assert fresh(ticket).version == ticket.version


def test_nobody_elses_macro_and_nobody_elses_ticket(world: World, nadia: Caller, alice: Caller) -> None:
    ticket = world.ticket()
    his, everybodys = macro(owner=world.benoit), macro()
    for caller, key in ((nadia, his.pk), (alice, everybodys.pk), (nadia, 2**63)):
        path = f"/tickets/{ticket.number}/macros/{key}"
        assert is_problem(caller.get(path), 404)
        assert is_problem(caller.send("POST", path), 404)
    assert is_problem(nadia.send("POST", f"/tickets/999999/macros/{everybodys.pk}"), 404)
    reader = Caller(world.nadia, scopes=("tickets:read",))
    assert is_problem(reader.send("POST", f"/tickets/{ticket.number}/macros/{everybodys.pk}"), 403)
    assert fresh(ticket).version == ticket.version
