"""Approvals by the API: ask, read, withdraw; decide with the token of whoever is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from entraide.core.clock import now
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def claire(world: World) -> Caller:
    return Caller(world.claire)


def asked(world: World, nadia: Caller, **said: Any) -> tuple[str, int]:
    path = f"/tickets/{world.ticket().number}/approvals"
    data = {"question": "Un écran ?", "people": [world.claire.pk], **said}
    answer = nadia.send("POST", path, data)
    assert answer.status_code == 201, answer.content
    return path, answer.json()["number"]


def test_it_is_asked_decided_and_read(world: World, nadia: Caller, claire: Caller) -> None:
    until = (now() + timedelta(days=3)).isoformat()
    path, _entry = asked(world, nadia, people=[world.claire.pk, world.bob.pk], rule="all", until=until, holds=True)
    (mine,) = claire.get("/approvals", state="open").json()["items"]
    assert (mine["question"], mine["answer"], mine["requester_name"]) == ("Un écran ?", "", "Alice Martin")
    answer = claire.send("POST", f"/approvals/{mine['id']}/decision", {"approves": True, "text": "Oui."})
    assert (answer.status_code, answer.json()["state"], answer.json()["answer"]) == (201, "open", "approved")
    bob = Caller(world.bob).send("POST", f"/approvals/{mine['id']}/decision", {"approves": True})
    assert bob.json()["state"] == "approved"
    (read,) = nadia.get(path).json()
    assert read["state"] == "approved" and [each["text"] for each in read["people"]] == ["", "Oui."]
    assert is_problem(claire.send("POST", f"/approvals/{mine['id']}/decision", {"approves": True}), 409)


def test_a_refusal_needs_a_word_and_a_withdrawal_ends_the_question(world: World, nadia: Caller, claire: Caller) -> None:
    path, entry = asked(world, nadia)
    key = claire.get("/approvals").json()["items"][0]["id"]
    assert fields_at_fault(claire.send("POST", f"/approvals/{key}/decision", {"approves": False})) == {"text"}
    assert nadia.send("DELETE", f"{path}/{entry}").status_code == 200
    assert is_problem(nadia.send("DELETE", f"{path}/{entry}"), 409)
    assert nadia.send("DELETE", f"{path}/999").status_code == 404
    assert is_problem(claire.send("POST", f"/approvals/{key}/decision", {"approves": False, "text": "Non"}), 409)


@pytest.mark.parametrize(
    ("said", "field"),
    [({"question": " "}, "text"), ({"people": []}, "people"), ({"people": [10**12]}, "people"), ({"rule": "most", "people": ["claire", "bob"]}, "rule"),
     ({"people": ["zoe"]}, "people"), ({"until": "2001-01-01T00:00:00Z"}, "until")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_field(
    world: World, nadia: Caller, said: dict[str, Any], field: str
) -> None:
    if "people" in said:
        said["people"] = [getattr(world, each).pk if isinstance(each, str) else each for each in said["people"]]
    data = {"question": "Un écran ?", "people": [world.claire.pk], **said}
    assert fields_at_fault(nadia.send("POST", f"/tickets/{world.ticket().number}/approvals", data)) == {field}


def test_nobody_else_reads_or_decides(world: World, nadia: Caller, alice: Caller) -> None:
    path, _entry = asked(world, nadia)
    key = Caller(world.claire).get("/approvals").json()["items"][0]["id"]
    assert alice.get("/approvals").json()["items"] == []
    assert alice.get(path).status_code == 404
    assert alice.send("POST", path, {"question": "?", "people": [world.bob.pk]}).status_code == 403
    for who in (world.alice, world.zoe, world.nadia):
        assert Caller(who).send("POST", f"/approvals/{key}/decision", {"approves": True}).status_code == 404
    reader = Caller(world.claire, scopes=("tickets:read",))
    assert reader.send("POST", f"/approvals/{key}/decision", {"approves": True}).status_code == 403
    assert fields_at_fault(nadia.get("/approvals", state="maybe")) == {"state"}
