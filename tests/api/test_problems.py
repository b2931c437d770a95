"""Errors that come before and after an operation are problems too."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from entraide.tickets import queries
from tests.api.caller import Caller, fields_at_fault, is_problem
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/", "/nowhere", "/tickets/x", "/tickets/1/nothing"])
def test_an_unknown_address_is_not_found(nadia: Caller, method: str, path: str) -> None:
    assert is_problem(nadia.send(method, path), 404)


def test_a_method_that_an_address_does_not_take_is_refused(nadia: Caller) -> None:
    answer = nadia.send("put", "/tickets", {})
    assert is_problem(answer, 405)
    assert "POST" in answer["Allow"]


def test_a_fault_shows_nothing_of_itself(nadia: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(queries, "visible_to", broken)
    answer = nadia.get("/tickets")
    assert is_problem(answer, 500)
    assert b"secret" not in answer.content


def test_a_fault_before_the_operation_is_a_problem_too(nadia: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr("entraide.api.access.find_token", broken)
    assert is_problem(nadia.get("/tickets"), 500)


@pytest.mark.parametrize("key", ["", "k1"])
def test_too_large_a_body_is_refused(nadia: Caller, settings: Any, key: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = nadia.send("post", "/tickets", {"subject": "x", "text": "x" * 2000}, Idempotency_Key=key)
    assert is_problem(answer, 413)


@pytest.mark.parametrize("key", ["", "k1"])
def test_a_broken_form_is_refused(nadia: Caller, key: str) -> None:
    answer = nadia.client.post(
        "/api/v1/attachments",
        b"nothing of a form",
        content_type="multipart/form-data; boundary=",
        headers={"Idempotency-Key": key},
    )
    assert is_problem(answer, 400)


def test_a_session_gives_no_access_and_says_how_to_get_it(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    answer = client.get("/api/v1/tickets")
    assert is_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_what_belongs_elsewhere_is_refused_by_its_field(world: World, nadia: Caller) -> None:
    ticket = world.ticket(world.alice)
    for field, key in {
        "site_id": world.carouge.pk,
        "requester_id": world.zoe.pk,
        "on_behalf_of_id": world.zoe.pk,
        "category_id": 2**31,
    }.items():
        assert fields_at_fault(nadia.send("patch", f"/tickets/{ticket.number}", {field: key})) == {field}


def test_a_cursor_of_another_order_is_refused(world: World, nadia: Caller) -> None:
    world.ticket()
    world.ticket()
    cursor = nadia.get("/tickets", sort="number", limit=1).json()["next"]
    assert fields_at_fault(nadia.get("/tickets", sort="-updated_at", cursor=cursor)) == {"cursor"}
