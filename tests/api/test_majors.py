"""Major incidents by the API: the same verbs as at the desk, and what each sees of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def p1(world: World) -> Ticket:
    return world.ticket(subject="Plus de réseau", impact=1, urgency=1)


def declaration(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "lead_id": world.elena.pk, "team_ids": [world.n2.pk], "contact_ids": [world.claire.pk], "rhythm_minutes": 45,
        "text": "Le réseau est coupé.", **changes,
    }  # fmt: skip


def test_a_major_incident_from_its_declaration_to_its_closing(world: World, carla: Caller, p1: Ticket) -> None:
    path = f"/tickets/{p1.number}"
    before = carla.get(path).json()
    assert (before["major"], before["follows"]) == (None, None)
    declared = carla.send("POST", f"{path}/major", declaration(world))
    assert declared.status_code == 201 and declared.json()["kind"] == "major_declared"
    major = carla.get(path).json()["major"]
    assert major.pop("since")
    assert major == {
        "text": "Le réseau est coupé.", "lead_id": world.elena.pk, "team_ids": [world.n2.pk],
        "contact_ids": [world.claire.pk], "rhythm_minutes": 45, "reviewed_at": None,
    }  # fmt: skip
    led = {"lead_id": world.benoit.pk, "team_ids": [], "contact_ids": []}
    assert carla.send("PUT", f"{path}/major", led).status_code == 200
    changed = carla.get(path).json()["major"]
    assert (changed["lead_id"], changed["team_ids"], changed["rhythm_minutes"]) == (world.benoit.pk, [], 60)
    assert carla.send("POST", f"{path}/major/updates", {"text": "Deux étages de rétablis."}).status_code == 201
    assert carla.get(path).json()["major"]["text"] == "Deux étages de rétablis."
    said = {"happened": "Panne.", "why": "Usure.", "changes": "Une réserve."}
    assert is_problem(carla.send("PUT", f"{path}/major/review", said), 409)
    assert carla.send("POST", f"{path}/resolution", {"code": "solved", "text": "Remplacé."}).status_code == 201
    refused = carla.send("POST", f"{path}/closure")
    assert refused.status_code in (409, 422) and "review" in refused.json()["detail"]
    assert fields_at_fault(carla.send("PUT", f"{path}/major/review", {**said, "why": " "})) == {"why"}
    assert carla.send("PUT", f"{path}/major/review", said).status_code == 200
    assert carla.get(path).json()["major"]["reviewed_at"]
    assert carla.send("POST", f"{path}/closure").status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"lead_id": 987654}, "lead_id"),
        ({"lead_id": "alice"}, "lead_id"),
        ({"team_ids": [987654]}, "team_ids"),
        ({"contact_ids": "zoe"}, "contact_ids"),
        ({"rhythm_minutes": 2}, "rhythm_minutes"),
        ({"text": " "}, "text"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_named(
    world: World, carla: Caller, p1: Ticket, wrong: dict[str, Any], field: str
) -> None:
    people: dict[Any, Any] = {"alice": world.alice.pk, "zoe": [world.zoe.pk]}
    sent = {name: people.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()}
    answer = carla.send("POST", f"/tickets/{p1.number}/major", declaration(world, **sent))
    assert fields_at_fault(answer) == {field}
    assert carla.get(f"/tickets/{p1.number}").json()["major"] is None


def test_tickets_follow_and_no_longer(world: World, carla: Caller, p1: Ticket) -> None:
    ticket = world.ticket(world.zoe)
    path = f"/tickets/{ticket.number}"
    assert fields_at_fault(carla.send("PUT", f"{path}/following", {"major": p1.number})) == {"major"}
    carla.send("POST", f"/tickets/{p1.number}/major", declaration(world))
    assert carla.send("PUT", f"{path}/following", {"major": p1.number}).status_code == 200
    assert carla.get(path).json()["follows"] == p1.number
    # Zoé sees that her ticket follows one, though it is another organisation's.
    assert Caller(world.zoe).get(path).json()["follows"] == p1.number
    assert carla.send("DELETE", f"{path}/following").status_code == 200
    assert carla.get(path).json()["follows"] is None
    assert is_problem(carla.send("DELETE", f"{path}/following"), 409)
    assert fields_at_fault(carla.send("PUT", f"{path}/following", {"major": 987654})) == {"major"}


def test_it_is_stood_down_with_a_reason(world: World, carla: Caller, p1: Ticket) -> None:
    path = f"/tickets/{p1.number}/major"
    assert is_problem(carla.send("DELETE", f"{path}?reason=x"), 409)
    carla.send("POST", path, declaration(world))
    assert fields_at_fault(carla.send("DELETE", path)) == {"reason"}
    assert carla.send("DELETE", f"{path}?reason=Une prise.").status_code == 200
    assert carla.get(f"/tickets/{p1.number}").json()["major"] is None


def test_a_repeated_change_with_its_key_is_answered_as_the_first_time(world: World, carla: Caller, p1: Ticket) -> None:
    path = f"/tickets/{p1.number}/major"
    sent: list[tuple[str, str, Any]] = [
        ("POST", path, declaration(world)),
        ("PUT", path, {"lead_id": world.benoit.pk}),
        ("DELETE", f"{path}?reason=Une prise.", None),
    ]
    for method, address, body in sent:
        key = f"major-{method}"
        first, again = (carla.send(method, address, body, Idempotency_Key=key) for _ in range(2))
        assert first.status_code in (200, 201)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert again["Idempotency-Replayed"] == "true"
    assert is_problem(carla.send("DELETE", f"{path}?reason=Autre.", Idempotency_Key="major-DELETE"), 422)


def test_its_requester_sees_the_public_words_and_leads_nothing(
    world: World, carla: Caller, alice: Caller, p1: Ticket
) -> None:
    path = f"/tickets/{p1.number}"
    assert is_problem(alice.send("POST", f"{path}/major", declaration(world)), 403)
    carla.send("POST", f"{path}/major", declaration(world))
    major = alice.get(path).json()["major"]
    assert major["text"] == "Le réseau est coupé." and major["since"]
    assert {major[name] for name in ("lead_id", "rhythm_minutes", "reviewed_at")} == {None}
    assert major["team_ids"] is None and major["contact_ids"] is None
    for method, under in (("PUT", "major"), ("DELETE", "major?reason=x"), ("POST", "major/updates")):
        body = declaration(world)
        assert is_problem(alice.send(method, f"{path}/{under}", body), 403)
    assert is_problem(Caller(world.zoe).send("POST", f"{path}/major/updates", {"text": "x"}), 404)
    assert is_problem(Caller(world.carla, scopes=("tickets:read",)).send("DELETE", f"{path}/major?reason=x"), 403)


def test_the_queries_of_the_list_do_not_grow_with_what_follows(world: World, carla: Caller, p1: Ticket) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as made:
            assert carla.get("/tickets").status_code == 200
        return len(made)

    def link() -> None:
        with everything():
            actions.follow(world.ticket(world.zoe), major=p1, actor=world.as_(world.carla))

    carla.send("POST", f"/tickets/{p1.number}/major", declaration(world))
    link()
    asked()
    before = asked()
    for _ in range(4):
        link()
    assert asked() == before
