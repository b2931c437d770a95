"""Lists cost the same whatever their length; tokens are made, listed and revoked from a shell."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entraide.api.command import token
from entraide.tickets import actions
from tests.api.caller import Caller
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/tickets", "/people", "/tickets/{number}/timeline"])
def test_a_list_costs_the_same_for_five_rows_and_fifty(world: World, nadia: Caller, path: str) -> None:
    ticket = world.ticket()
    path = path.format(number=ticket.number)
    actor = world.as_(world.nadia)

    def add(rows: int) -> None:
        for each in range(rows):
            with world.scope_of(world.nadia):
                actions.note(ticket, text="x", actor=actor)
            world.ticket()
            world.add(world.helvetia, f"P{ticket.version}x{each} Q")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert nadia.get(path, limit=100).status_code == 200
        return len(queries)

    add(4)
    nadia.get(path)
    few = cost()
    add(45)
    assert cost() == few


def test_a_token_is_made_listed_and_revoked(world: World) -> None:
    run = CliRunner().invoke
    made = run(token, ["create", "--person", "nadia@lemanique.example", "--name", "Monitoring", "--days", "30"])
    secret = made.output.strip()
    assert secret.startswith("ent_")
    assert "Monitoring" in run(token, ["list"]).output
    caller = Caller(world.nadia)
    caller.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    assert caller.get("/tickets").status_code == 200
    assert run(token, ["revoke", secret[:10]]).exit_code == 0
    assert caller.get("/tickets").status_code == 401
    assert secret[:10] not in run(token, ["list"]).output


@pytest.mark.parametrize("wrong", [["--person", "nobody@x.example"], ["--scopes", "everything"], ["--name", " "]])
def test_a_token_that_cannot_be_made_is_refused_with_a_sentence(world: World, wrong: list[str]) -> None:
    right = ["create", "--person", "nadia@lemanique.example", "--name", "x", "--scopes", "tickets:read"]
    answer = CliRunner().invoke(token, [*right, *wrong])
    assert answer.exit_code != 0
    assert str(answer.exception or answer.output)
