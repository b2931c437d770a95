"""SCIM 2.0: the directory of an organisation adds, changes and switches off its people, and its groups give roles."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from entraide.api.tokens import create_token
from entraide.audit.models import AuditEntry
from entraide.core.scope import Scope, scoped
from entraide.entrance.models import DirectoryGroup, IdentityProvider, Provisioning, SignIn
from entraide.entrance.provisioning import new_token
from entraide.people.models import Account, MailAddress, Person, RoleGrant
from tests.entrance.signing_in import is_in, signed_in
from tests.world import World, everything

pytestmark = pytest.mark.django_db
AT = "/api/v1/scim/v2"
OPS = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Directory:
    """A directory that speaks SCIM, with the token of one organisation."""

    def __init__(self, organisation: Any) -> None:
        with scoped(Scope.of(organisation.pk)):
            self.secret = new_token(organisation)
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"})

    def __call__(self, method: str, path: str, body: Any = None, **asked: str) -> tuple[int, Any]:
        answer = self.client.generic(
            method, AT + path, json.dumps(body) if body is not None else "", "application/scim+json",
            query_params=asked or None,
        )  # fmt: skip
        if answer.content:
            assert answer["Content-Type"] == "application/scim+json"
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def add(self, email: str, **said: Any) -> Any:
        status, user = self("POST", "/Users", {"userName": email, "active": True, **said})
        assert status == 201, user
        return user

    def patch(self, path: str, *operations: dict[str, Any]) -> tuple[int, Any]:
        return self("PATCH", path, {"schemas": [OPS], "Operations": list(operations)})


@pytest.fixture
def helvetias(world: World) -> Directory:
    return Directory(world.helvetia)


def test_somebody_new_gets_a_person_and_an_account(world: World, helvetias: Directory) -> None:
    name = {"givenName": "Nora", "familyName": "Roth"}
    user = helvetias.add(
        "Nora.Roth@helvetia.example", name=name, externalId="42", title="Juriste", preferredLanguage="en-GB"
    )
    assert user["name"]["formatted"] == "Nora Roth" and user["externalId"] == "42" and user["active"] is True
    assert user["meta"]["location"].endswith(f"/Users/{user['id']}")
    with everything():
        person = Person.objects.get(pk=user["id"])
        assert (person.organisation_id, person.job_title, person.language) == (world.helvetia.pk, "Juriste", "en")
        assert not person.account.has_usable_password()
    assert helvetias("GET", f"/Users/{user['id']}") == (200, user)
    assert helvetias("POST", "/Users", {"userName": "nora.roth@helvetia.example"})[0] == 409


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ('userName eq "alice@helvetia.example"', 1), ('userName eq "ALICE@helvetia.example"', 1), ('userName eq "zoe@rousseau.example"', 0),
        ('emails[type eq "work"].value eq "bob@helvetia.example"', 1), ('externalId eq "nothing"', 0), ('id eq "x"', 0),
    ],
)  # fmt: skip
def test_people_are_found_by_what_a_directory_asks(world: World, helvetias: Directory, asked: str, found: int) -> None:
    status, page = helvetias("GET", "/Users", filter=asked)
    assert status == 200 and page["totalResults"] == found == len(page["Resources"])


def test_a_list_has_pages_and_only_ones_own_people(world: World, helvetias: Directory) -> None:
    status, page = helvetias("GET", "/Users", startIndex="2", count="1")
    assert status == 200
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (3, 1, 2)
    assert page["Resources"][0]["userName"] == "bob@helvetia.example"


def test_another_organisations_people_are_not_there(world: World, helvetias: Directory) -> None:
    for method, body in (("GET", None), ("DELETE", None), ("PUT", {"userName": "x@helvetia.example"})):
        assert helvetias(method, f"/Users/{world.zoe.pk}", body)[0] == 404
    with everything():
        assert Person.objects.get(pk=world.zoe.pk).is_active
    for email in ("zoe@rousseau.example", "nadia@lemanique.example", "x@elsewhere.example", "not an address", ""):
        assert helvetias("POST", "/Users", {"userName": email})[0] == 400


def test_switching_somebody_off_ends_sign_ins_and_tokens_and_deletes_nothing(
    world: World, helvetias: Directory
) -> None:
    alice = signed_in("alice@helvetia.example")
    _token, secret = create_token(world.alice, name="x", scopes=["tickets:read"])
    ticket = world.ticket()
    at = f"/Users/{world.alice.pk}"
    # As one of the large directories writes it.
    status, user = helvetias.patch(at, {"op": "Replace", "path": "active", "value": "False"})
    assert status == 200 and user["active"] is False
    assert not is_in(alice)
    assert SignIn.objects.get().ending == "off"
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/tickets").status_code == 401
    helvetias.patch(at, {"op": "replace", "value": {"active": True}})
    assert Account.objects.get(pk=world.alice.account.pk).is_active
    assert program.get("/api/v1/tickets").status_code == 401, "a token does not come back"
    with everything():
        assert type(ticket).objects.get(pk=ticket.pk).requester_id == world.alice.pk


def test_deleting_somebody_lets_go_of_them_and_they_can_come_back(world: World, helvetias: Directory) -> None:
    user = helvetias.add("nora@helvetia.example", displayName="Nora")
    at = f"/Users/{user['id']}"
    assert helvetias("DELETE", at) == (204, None)
    assert helvetias("GET", at)[0] == 404
    with everything():
        assert not Person.objects.get(pk=user["id"]).is_active
    assert helvetias.add("nora@helvetia.example")["id"] == user["id"]


def test_names_and_addresses_change_by_patch_and_by_put(world: World, helvetias: Directory) -> None:
    at = f"/Users/{world.alice.pk}"
    status, user = helvetias.patch(
        at,
        {"op": "replace", "path": "name.familyName", "value": "Keller"},
        {"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "Associée"},
        {"op": "replace", "path": "userName", "value": "alice.keller@helvetia.example"},
    )
    assert status == 200, user
    assert (user["displayName"], user["title"], user["userName"]) == (
        "Alice Keller",
        "Associée",
        "alice.keller@helvetia.example",
    )
    assert Account.objects.get(person=world.alice.pk).email == "alice.keller@helvetia.example"
    with everything():
        assert MailAddress.objects.get(person=world.alice).email == "alice.keller@helvetia.example"
    assert helvetias.patch(at, {"op": "replace", "path": "userName", "value": "bob@helvetia.example"})[0] == 409
    status, user = helvetias(
        "PUT", at, {"userName": "alice@helvetia.example", "displayName": "Alice Martin", "active": True}
    )
    assert status == 200 and user["userName"] == "alice@helvetia.example"


def test_groups_give_roles_as_the_organisations_sign_in_says(world: World, helvetias: Directory) -> None:
    with everything():
        IdentityProvider.objects.create(
            organisation=world.helvetia, name="x", issuer="https://id.example", client_id="x", is_active=False,
            role_groups={"client_contact": ["Direction"]},
        )  # fmt: skip
    bob = str(world.bob.pk)
    status, group = helvetias("POST", "/Groups", {"displayName": "Direction", "members": [{"value": bob}]})
    assert status == 201
    at = f"/Groups/{group['id']}"
    grant = RoleGrant.objects.get(person=world.bob)
    assert (grant.role, grant.organisation_id) == ("client_contact", world.helvetia.pk)
    assert helvetias("GET", f"/Users/{bob}")[1]["groups"] == [{"value": group["id"], "display": "Direction"}]
    helvetias.patch(at, {"op": "remove", "path": f'members[value eq "{bob}"]'})
    assert not RoleGrant.objects.filter(person=world.bob).exists()
    helvetias.patch(at, {"op": "Add", "path": "members", "value": [{"value": bob}, {"value": str(world.claire.pk)}]})
    assert RoleGrant.objects.filter(person=world.bob).exists()
    assert helvetias("DELETE", at)[0] == 204
    assert not RoleGrant.objects.filter(person=world.bob).exists()
    assert RoleGrant.objects.filter(person=world.claire).exists(), "hers was given by hand"


def test_groups_are_found_renamed_and_of_one_organisation(world: World, helvetias: Directory) -> None:
    rousseaus = Directory(world.rousseau)
    _status, group = helvetias("POST", "/Groups", {"displayName": "IT", "externalId": "g1"})
    assert helvetias("POST", "/Groups", {"displayName": "IT"})[0] == 409
    assert helvetias("GET", "/Groups", filter='displayName eq "IT"')[1]["totalResults"] == 1
    assert "members" not in helvetias("GET", "/Groups", excludedAttributes="members")[1]["Resources"][0]
    assert rousseaus("GET", f"/Groups/{group['id']}")[0] == 404
    stranger = [{"value": str(world.zoe.pk)}]
    assert helvetias.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": stranger})[0] == 400
    assert helvetias.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {"displayName": "IT 2"}})[0] == 200
    with everything():
        assert DirectoryGroup.objects.get().name == "IT 2"


def test_whoever_has_no_token_or_an_old_one_learns_nothing(world: World, helvetias: Directory) -> None:
    assert Client().get(f"{AT}/Users").status_code == 401
    assert Client(headers={"Authorization": "Bearer scim_forged"}).get(f"{AT}/Users").status_code == 401
    newer = Directory(world.helvetia)
    assert helvetias("GET", "/Users")[0] == 401
    assert newer("GET", "/Users")[0] == 200
    with everything():
        assert newer.secret not in str(Provisioning.objects.values())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/Users", []), ("POST", "/Users", {"userName": "a\x00@helvetia.example"}), ("POST", "/Groups", {"displayName": ""}),
        ("PATCH", "/Users/{alice}", {}), ("PATCH", "/Users/{alice}", {"Operations": ["x"]}), ("PATCH", "/Users/{alice}", {"Operations": [{"op": "swap"}]}),
        ("PATCH", "/Users/{alice}", {"Operations": [{"op": "replace", "path": "active", "value": "perhaps"}]}),
        ("PATCH", "/Users/{alice}", {"Operations": [{"op": "remove", "path": "active"}]}),
    ],
)  # fmt: skip
def test_what_is_no_scim_is_refused_in_scims_words(
    world: World, helvetias: Directory, method: str, path: str, body: Any
) -> None:
    status, answer = helvetias(method, path.format(alice=world.alice.pk), body)
    assert status == 400 and answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert helvetias("GET", "/Users", filter='userName sw "a"')[0] == 400


def test_it_says_what_it_can(world: World, helvetias: Directory) -> None:
    assert helvetias("GET", "/ServiceProviderConfig")[1]["patch"] == {"supported": True}
    assert [each["id"] for each in helvetias("GET", "/ResourceTypes")[1]["Resources"]] == ["User", "Group"]
    assert helvetias("GET", "/Schemas")[1]["totalResults"] == 2
    assert helvetias("DELETE", "/Schemas")[0] == 405


def test_an_administrator_makes_the_token_and_sees_it_once(world: World, client: Client) -> None:
    client.force_login(world.adam.account)
    page = f"/desk/directory/organisations/{world.helvetia.pk}/sign-in"
    assert client.post(f"{page}/provisioning").status_code == 302
    shown = client.get(page).content.decode()
    secret = shown.split("scim_")[1].split("<")[0]
    assert Client(headers={"Authorization": f"Bearer scim_{secret}"}).get(f"{AT}/Users").status_code == 200
    assert secret not in client.get(page).content.decode()
    assert AuditEntry.objects.filter(subject_kind="entrance.provisioning", act="setting_made").exists()
    client.post(f"{page}/provisioning", {"end": "yes"})
    assert Client(headers={"Authorization": f"Bearer scim_{secret}"}).get(f"{AT}/Users").status_code == 401
    client.force_login(world.marc.account)
    assert client.post(f"{page}/provisioning").status_code == 404
