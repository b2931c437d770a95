"""Whatever is sent, the answer is a problem that says what is wrong, never a fault of ours."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from django.db import IntegrityError, connection, transaction

from entraide.api.urls import api
from entraide.forms.field import Field
from entraide.routines.models import Macro
from entraide.sla.models import Agreement
from entraide.tickets import actions
from entraide.tickets.approving import ask
from entraide.tickets.models import Category, Ticket
from tests.api.caller import Caller, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db

NASTY: list[Any] = [
    None, True, -1, 0, 2**31, 2**63, 10**30, 1.5, "", " ", "a\x00b", "\ud800", "x" * 301, "x" * 600_000,
    "99999999999999999999", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00",
    [], [None], ["x" * 250], ["a\x00"], ["\ud800"], [["x"]], {}, {"a": 1}, "<script>", "\u202e",
]  # fmt: skip
# Nothing, a number, a text, a list, an instant, true, something too large: in the form of a cursor.
NASTY_CURSORS = [
    base64.urlsafe_b64encode(json.dumps(each).encode()).decode()
    for each in (
        [], 1, ["a", 1], [[], 1], ["2026-01-01", 1], ["2026-01-01T00:00:00+00:00", 1], [1, 1], [True, True],
        [10**30, 1], [1, 10**30], ["0001-01-01T00:00:00+14:00", 1], {"a": 1}, [1, 1, 1],
    )
]  # fmt: skip
DOCUMENT: Any = api.get_openapi_schema(path_prefix="/api/v1/")


def operations(*methods: str) -> Iterator[Any]:
    for path, by_method in DOCUMENT["paths"].items():
        for method, operation in by_method.items():
            if method in methods:
                yield pytest.param(method, path, operation, id=f"{method} {path}")


def good_body(world: World) -> dict[str, Any]:
    """A value that would do, for each field of any operation."""
    return {
        "subject": "Panne", "text": "Rien", "team_id": world.n2.pk, "observed": "a", "tried": "b", "asked": "c",
        "reason": "supplier", "code": "solved", "person_id": world.nils.pk, "organisation_id": world.helvetia.pk,
        "name": "Nouveau", "email": "nouveau@helvetia.example", "country": "CH", "priority": 1,
        "requester_email": "alice@helvetia.example", "lead_id": world.elena.pk, "major": major(world),
        "happened": "a", "why": "b", "changes": "c", "other": other(world), "into": other(world), "relation": "related", "to": ["hotline@hp.example"],
        "entries": [1], "minutes": 5, "version": 1, "question": "?", "people": [world.claire.pk],
        "approves": True,
    }  # fmt: skip


def other(world: World) -> int:
    """The number of one more ticket of the same organisation."""
    with everything():
        return world.ticket().number


def good_of(world: World, path: str, fields: list[str]) -> dict[str, Any]:
    """Return a body that would do for this operation; answers belong to the form of a ticket that has one."""
    answers = {"fields": {"disk": 512}} if path.endswith("/form") else {}
    return answers | {name: value for name, value in good_body(world).items() if name in fields}


def with_a_form(world: World) -> Category:
    """A category that asks something in addition."""
    with everything():
        world.network.form = world.form("Matériel", Field("disk", "number", "Disque", "Disk")).form
        world.network.save()
    return world.network


def major(world: World) -> int:
    """The number of a major incident that others can follow."""
    with everything():
        ticket = world.ticket(impact=1, urgency=1)
        actions.declare_major(
            ticket, lead=world.elena, teams=[], contacts=[], text="Panne", actor=world.as_(world.carla)
        )
    return ticket.number


def place(world: World, path: str, ticket: Ticket) -> str:
    at = path.removeprefix("/api/v1").replace("{number}", str(ticket.number))
    key = world.helvetia.pk if "organisations" in path else world.alice.pk
    if path.endswith("/decision"):
        with everything():
            asked: Any = ask(ticket, question="?", people=[world.carla], rule="any", actor=world.as_(world.nadia))
        key = asked.approval.pk
    if "macros" in path:
        key = Macro.objects.create(name="Merci", text_fr="Merci", text_en="Thanks").pk
    if "agreements" in path:
        key = Agreement.objects.get(is_default=True).pk
    return (
        at.replace("{key}", str(key))
        .replace("{person_id}", str(world.nils.pk))
        .replace("{attachment_id}", "1")
        .replace("{entry}", "1")
        .replace("{other}", "1")
        .replace("{run_id}", "1")
    )


def complaint(answer: Any, sent: Any) -> str:
    """Return what is wrong with an answer, or nothing."""
    if answer.status_code >= 500:
        return f"{sent!r:.90}: {answer.status_code}"
    if answer.status_code >= 400:
        is_ours = answer["Content-Type"] == "application/problem+json" and answer.json()["detail"]
        return "" if is_ours else f"{sent!r:.90}: {answer.status_code} {answer['Content-Type']}"
    try:
        # What the database checks at the end of a request.
        connection.check_constraints()
    except IntegrityError as error:
        return f"{sent!r:.90}: {error}"
    return ""


def fields_of(operation: Any) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return []
    name = content["schema"]["$ref"].rpartition("/")[2]
    return list(DOCUMENT["components"]["schemas"][name]["properties"])


@pytest.mark.parametrize(("method", "path", "operation"), operations("post", "put", "patch"))
def test_no_value_of_a_field_breaks_an_operation(
    world: World, carla: Caller, method: str, path: str, operation: Any
) -> None:
    fields = fields_of(operation)
    if not fields:
        return
    # A P1, since some things can only be done to one.
    ticket = world.ticket(impact=1, urgency=1, category=with_a_form(world))
    good = good_of(world, path, fields)
    at = place(world, path, ticket)
    with transaction.atomic():
        # Refused for what the ticket is, at most: otherwise the rest would show nothing.
        first = carla.send(method, at, good)
        assert first.status_code in (200, 201, 403, 409), first.content
        transaction.set_rollback(True)
    complaints = []
    for field, nasty in product(fields, NASTY):
        with transaction.atomic():
            complaints.append(complaint(carla.send(method, at, good | {field: nasty}), {field: nasty}))
            transaction.set_rollback(True)
    assert not any(complaints), [each for each in complaints if each]


@pytest.mark.parametrize(("method", "path", "operation"), operations("get", "delete"))
def test_no_value_in_an_address_breaks_an_operation(
    world: World, carla: Caller, method: str, path: str, operation: Any
) -> None:
    at = place(world, path, world.ticket())
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    complaints = []
    for name, nasty in product(names, [*NASTY, *NASTY_CURSORS, "é", "%", "'"]):
        # An address holds some thousands of characters at the most.
        value = quote(str(nasty)[:5000].encode(errors="replace"), safe="")
        complaints.append(complaint(carla.send(method, f"{at}?{name}={value}"), {name: nasty}))
    assert not any(complaints), [each for each in complaints if each]


@pytest.mark.parametrize(("method", "path", "operation"), operations("get", "post", "put", "patch", "delete"))
def test_no_number_in_a_path_breaks_an_operation(
    world: World, carla: Caller, method: str, path: str, operation: Any
) -> None:
    ticket = world.ticket()
    fields = fields_of(operation)
    data = good_of(world, path, fields)
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"]
    wrong = [0, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**40, "9" * 5000, "-1", "x", "%00", "1%20"]
    for name, number in product(names, wrong):
        at = place(world, path.replace(f"{{{name}}}", str(number)), ticket)
        assert is_problem(carla.send(method, at, data), 404), at[:100]


@pytest.mark.parametrize(("method", "path", "operation"), operations("post", "put", "patch"))
def test_a_body_that_cannot_be_read_is_refused(
    world: World, carla: Caller, method: str, path: str, operation: Any
) -> None:
    if not fields_of(operation):
        return
    at = place(world, path, world.ticket())
    for body in ("{broken", b"\xff\xfe", "[" * 100_000, '{"text": ' + "9" * 5000 + "}"):
        assert is_problem(carla.send(method, at, body), 400), body[:20]
    for body in ("", '"text"', "7", "[1]"):
        assert complaint(carla.send(method, at, body), body) == ""
