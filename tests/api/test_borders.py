"""Nobody changes by the API what belongs to an organisation for which they have no right."""

from __future__ import annotations

import pytest

from entraide.people.models import RoleGrant
from entraide.people.rights import Role
from tests.api.caller import Caller, is_problem
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def local(world: World) -> Caller:
    """A coordinator of Helvetia only, who is of Lémanique."""
    person = world.add(world.lemanique, "Lea Roth")
    with everything():
        RoleGrant.objects.create(person=person, role=Role.COORDINATOR, organisation=world.helvetia)
    return Caller(person)


def test_a_local_coordinator_changes_people_of_that_organisation_only(world: World, local: Caller) -> None:
    assert local.send("patch", f"/people/{world.alice.pk}", {"job_title": "x"}).status_code == 200
    assert is_problem(local.send("patch", f"/people/{world.nadia.pk}", {"job_title": "x"}), 403)
    new = {"organisation_id": world.lemanique.pk, "name": "x", "email": "x@lemanique.example"}
    assert is_problem(local.send("post", "/people", new), 403)


def test_a_local_coordinator_changes_that_organisation_and_adds_none(world: World, local: Caller) -> None:
    assert local.send("put", f"/organisations/{world.helvetia.pk}", {"name": "Helvetia"}).status_code == 200
    assert is_problem(local.send("put", f"/organisations/{world.lemanique.pk}", {"name": "x"}), 403)
    assert is_problem(local.send("post", "/organisations", {"name": "x"}), 403)


def test_only_the_desk_and_its_own_organisation_follow_a_ticket(world: World, nadia: Caller) -> None:
    at = f"/tickets/{world.ticket(world.alice).number}/watchers"
    assert is_problem(nadia.send("post", at, {"person_id": world.zoe.pk}), 422)
    assert nadia.send("post", at, {"person_id": world.bob.pk}).status_code == 201
    assert nadia.send("post", at, {"person_id": world.nils.pk}).status_code == 201
