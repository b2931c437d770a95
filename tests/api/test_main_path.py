"""The main job by the API: open, answer, hand over, resolve, confirm; and what is refused on the way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from entraide.api.models import TokenScope
from entraide.api.tokens import create_token
from entraide.people.models import Person
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db
ALL = list(TokenScope.values)


class Caller:
    """A program that acts as somebody."""

    def __init__(self, person: Person, scopes: list[str]) -> None:
        with everything():
            _token, secret = create_token(person, name="test", scopes=scopes)
        self.client = Client(headers={"Authorization": f"Bearer {secret}", "Accept-Language": "en"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        call = getattr(self.client, method)
        body = data if isinstance(data, str) else json.dumps(data or {})
        return call(f"/api/v1{path}", body, content_type="application/json", headers=headers)


@pytest.fixture
def nadia(world: World) -> Caller:
    return Caller(world.nadia, ALL)


def test_a_ticket_passes_the_levels_by_the_api(world: World, nadia: Caller) -> None:
    opened = nadia.send(
        "post", "/tickets", {"subject": "Panne", "text": "Rien", "requester_email": "alice@helvetia.example"}
    )
    assert opened.status_code == 201, opened.content
    number = opened.json()["number"]
    assert opened.json()["reference"] == f"ENT-{number}"
    assert nadia.send("post", f"/tickets/{number}/replies", {"text": "Bonjour"}).status_code == 201
    handover = {"team_id": world.n2.pk, "observed": "a", "tried": "b", "asked": "c"}
    assert nadia.send("post", f"/tickets/{number}/escalation", handover).status_code == 201
    benoit = Caller(world.benoit, ALL)
    assert benoit.send("post", f"/tickets/{number}/handover-acceptance").status_code == 201
    assert benoit.send("post", f"/tickets/{number}/hold", {"reason": "supplier"}).status_code == 201
    assert benoit.send("delete", f"/tickets/{number}/hold").status_code == 200
    assert benoit.send("post", f"/tickets/{number}/resolution", {"code": "solved", "text": "Fait"}).status_code == 201
    alice = Caller(world.alice, ALL)
    assert alice.send("post", f"/tickets/{number}/reopening", {"text": "Non"}).status_code == 201
    assert benoit.send("post", f"/tickets/{number}/resolution", {"code": "solved", "text": "Fait"}).status_code == 201
    assert alice.send("post", f"/tickets/{number}/confirmation").status_code == 201
    assert nadia.get(f"/tickets/{number}").json()["status"] == "closed"
    kinds = [entry["kind"] for entry in nadia.get(f"/tickets/{number}/timeline").json()["items"]]
    assert kinds[:3] == ["ticket_opened", "replied", "escalated"]
    public = [entry["kind"] for entry in alice.get(f"/tickets/{number}/timeline").json()["items"]]
    assert "escalated" not in public


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("get", "/tickets/999999", None, 404),
        ("get", "/tickets/99999999999999999999", None, 404),
        ("get", "/tickets?sort=nope", None, 422),
        ("get", "/tickets?cursor=nope", None, 422),
        ("get", "/tickets?status=nope", None, 422),
        ("get", "/tickets?q=%00", None, 422),
        ("get", "/nowhere", None, 404),
        ("post", "/tickets", {"text": "x"}, 422),
        ("post", "/tickets", {"subject": "x\x00", "text": "x"}, 422),
        ("post", "/tickets", {"subject": "x" * 400, "text": "x"}, 422),
        ("post", "/tickets", {"subject": "x", "text": "x", "requester_id": 10**30}, 422),
        ("post", "/tickets", {"subject": "x", "text": "x", "kind": "wish"}, 422),
        ("post", "/tickets", "{broken", 400),
        ("post", "/people", {"organisation_id": 1, "name": "x", "email": "nope"}, 403),
        ("patch", "/tickets/{number}", {"subject": ""}, 422),
        ("post", "/tickets/{number}/resolution", {"code": "nope", "text": "x"}, 422),
        ("post", "/tickets/{number}/confirmation", {}, 403),
        ("delete", "/tickets/{number}/hold", {}, 409),
        ("put", "/tickets", {}, 405),
    ],
)
def test_what_is_wrong_is_a_problem_that_says_so(
    world: World, nadia: Caller, method: str, path: str, data: Any, status: int
) -> None:
    ticket = world.ticket()
    path = path.format(number=ticket.number)
    answer = nadia.get(path) if method == "get" else nadia.send(method, path, data)
    assert answer.status_code == status, answer.content
    if status != 405:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["detail"]


def test_the_field_at_fault_is_named(world: World, nadia: Caller) -> None:
    errors = nadia.send("post", "/tickets", {"text": "x", "impact": "much"}).json()["errors"]
    assert {error["field"] for error in errors} == {"subject", "impact"}


def test_no_token_no_answer(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    answer = client.get("/api/v1/tickets")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_does_what_its_scopes_say(world: World) -> None:
    reader = Caller(world.nadia, ["tickets:read"])
    assert reader.get("/tickets").status_code == 200
    assert reader.send("post", "/tickets", {"subject": "x", "text": "y"}).status_code == 403
    assert reader.get("/people").status_code == 403
    assert reader.get("/outgoing-messages").status_code == 403


def test_an_outsider_finds_nothing(world: World) -> None:
    ticket = world.ticket(world.alice)
    zoe = Caller(world.zoe, ALL)
    assert zoe.get(f"/tickets/{ticket.number}").status_code == 404
    assert zoe.send("post", f"/tickets/{ticket.number}/answers", {"text": "x"}).status_code == 404
    assert zoe.get("/tickets").json()["items"] == []
    assert zoe.get("/incoming-messages").status_code == 403


def test_the_same_key_opens_one_ticket(world: World, nadia: Caller) -> None:
    data = {"subject": "Panne", "text": "x"}
    first = nadia.send("post", "/tickets", data, **{"Idempotency-Key": "k1"})
    again = nadia.send("post", "/tickets", data, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    other = nadia.send("post", "/tickets", {"subject": "Autre", "text": "x"}, **{"Idempotency-Key": "k1"})
    assert other.status_code == 422
    failed = nadia.send("post", "/tickets", {"text": "x"}, **{"Idempotency-Key": "k2"})
    mended = nadia.send("post", "/tickets", data, **{"Idempotency-Key": "k2"})
    assert (failed.status_code, mended.status_code) == (422, 201)
    with everything():
        assert Ticket.objects.count() == 2


def test_pages_follow_each_other_while_tickets_come_in(world: World, nadia: Caller) -> None:
    numbers = [world.ticket().number for _ in range(5)]
    first = nadia.get("/tickets", sort="number", limit=2).json()
    world.ticket()
    second = nadia.get("/tickets", sort="number", limit=2, cursor=first["next"]).json()
    assert [ticket["number"] for ticket in first["items"] + second["items"]] == numbers[:4]


def test_tickets_are_filtered(world: World, nadia: Caller) -> None:
    one, other = world.ticket(world.alice), world.ticket(world.zoe, subject="Wi-Fi", tags=("vip",))

    def found(**query: Any) -> set[int]:
        answer = nadia.get("/tickets", **query)
        assert answer.status_code == 200, answer.content
        return {ticket["number"] for ticket in answer.json()["items"]}

    assert found(organisation=world.rousseau.pk) == {other.number}
    assert found(q="wifi") | found(q="Wi-Fi") == {other.number}
    assert found(tag="vip") == {other.number}
    assert found(status="open") == {one.number, other.number}
    assert found(status=["closed", "resolved"]) == set()
    assert found(updated_since="2001-01-01T00:00:00Z") == {one.number, other.number}
    assert found(updated_since="2999-01-01T00:00:00Z") == set()
    assert found(from_email="ALICE@helvetia.example") == {one.number}
    assert found(envelope_to="nobody@x.example") == set()


def test_a_file_is_uploaded_named_by_a_message_and_downloaded(world: World, nadia: Caller) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    ticket = world.ticket()
    sent = nadia.client.post("/api/v1/attachments", {"file": SimpleUploadedFile("notes.txt", b"Bonjour")})
    assert sent.status_code == 201, sent.content
    token = sent.json()["token"]
    reply = nadia.send("post", f"/tickets/{ticket.number}/replies", {"text": "Voir", "attachments": [token]})
    (attachment,) = reply.json()["attachments"]
    served = nadia.get(f"/attachments/{attachment['id']}")
    assert b"".join(served.streaming_content) == b"Bonjour"
    assert served["Content-Disposition"].startswith("attachment")
    elena = Caller(world.elena, ALL)
    stolen = elena.send("post", f"/tickets/{ticket.number}/replies", {"text": "x", "attachments": [token]})
    assert stolen.status_code == 422


def test_the_document_describes_every_operation(client: Client, world: World) -> None:
    answer = client.get("/api/v1/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), (method, path)
            assert "401" in operation["responses"], (method, path)


def test_the_page_lists_every_operation_and_no_other(client: Client, world: World) -> None:
    document = client.get("/api/v1/openapi.json").json()
    there = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    page = (Path(__file__).parents[2] / "docs/api.md").read_text()
    assert set(re.findall(r"^\| `([A-Z]+ /\S+)` \|", page, flags=re.MULTILINE)) == there
