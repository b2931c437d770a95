"""People sign in by the provider of their organisation: a real OpenID provider in a process of its own, over HTTP."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client

from entraide.audit.models import AuditEntry
from entraide.entrance.models import FactorRule, IdentityProvider, SignIn
from entraide.entrance.providers import keep_secret
from entraide.people.models import Account, Person, RoleGrant
from tests.browser.desk import free_port, wait_for_port
from tests.entrance.signing_in import browser, is_in, sign_in
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
ALICE = "alice@helvetia.example"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    provider = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"http://localhost:{port}"
    finally:
        provider.terminate()
        provider.wait(timeout=10)


@pytest.fixture
def helvetias(world: World, issuer: str, settings: Any) -> IdentityProvider:
    """Helvetia's provider, at which the desk is registered with a secret."""
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"private_targets": ["127.0.0.0/8", "::1/128"]})
    return provider_of(world.helvetia, issuer)


def provider_of(organisation: Any, issuer: str, **fields: Any) -> IdentityProvider:
    with everything():
        row = IdentityProvider(organisation=organisation, name="Helvetia", issuer=issuer, **fields)
        back = f"http://testserver/account/oidc/{row.key}/login/callback/"
        asked = {"redirect_uris": [back], "token_endpoint_auth_method": "client_secret_post"}
        client = httpx.post(f"{issuer}/oauth2/clients", json=asked).json()
        row.client_id = client["client_id"]
        keep_secret(row, client["client_secret"])
        row.save()
    return row


def knows(issuer: str, sub: str, **claims: Any) -> None:
    """Let the provider know somebody."""
    said = {"email_verified": True, "name": "Somebody", **claims}
    assert httpx.put(f"{issuer}/users/{sub}", json=said).status_code == 204


def come(client: Client, issuer: str, sub: str, email: str, onward: str = "") -> Any:
    """Type the address, sign in at the provider, come back."""
    page = client.post("/account/organisation/", {"login": email, "next": onward})
    assert page.status_code == 200, page
    (url,) = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())
    url = html.unescape(url)
    assert url.startswith(f"{issuer}/oauth2/authorize?")
    assert parse_qs(urlsplit(url).query)["login_hint"] == [email]
    back = httpx.post(url, data={"sub": sub}).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


def roles_of(person: Person) -> set[str]:
    return set(RoleGrant.objects.filter(person=person).values_list("role", flat=True))


def test_the_sign_in_asks_for_the_address_first_and_leads_by_its_domain(
    world: World, helvetias: IdentityProvider, issuer: str
) -> None:
    knows(issuer, "a1", email=ALICE)
    client = browser()
    assert 'name="password"' not in client.get("/account/login/").content.decode()
    assert come(client, issuer, "a1", ALICE, onward="/tickets/")["Location"] == "/tickets/"
    assert is_in(client)
    assert SignIn.objects.get().way == "provider"
    assert AuditEntry.objects.filter(act="signed_in").exists()


def test_an_address_without_a_provider_is_asked_for_its_password(world: World, helvetias: IdentityProvider) -> None:
    client = browser()
    answer = client.post("/account/organisation/", {"login": "zoe@rousseau.example", "next": "https://evil.example/"})
    assert answer["Location"] == "/account/login/?login=zoe%40rousseau.example"
    page = client.get(answer["Location"]).content.decode()
    assert 'name="password"' in page and 'value="zoe@rousseau.example"' in page
    assert sign_in(client, "zoe@rousseau.example").status_code == 302


def test_a_newcomer_of_a_known_domain_gets_a_person_and_an_account(
    world: World, helvetias: IdentityProvider, issuer: str
) -> None:
    knows(issuer, "n1", email="Nouveau@helvetia.example", name="Nora Nouveau")
    client = browser()
    assert come(client, issuer, "n1", "nouveau@helvetia.example").status_code == 302
    account = Account.objects.get(email="nouveau@helvetia.example")
    assert not account.has_usable_password()
    with everything():
        assert account.person.name == "Nora Nouveau" and account.person.organisation_id == world.helvetia.pk
    assert is_in(client)


def test_an_account_is_linked_by_a_verified_address_alone_and_told_by_mail(
    world: World, helvetias: IdentityProvider, issuer: str, mailoutbox: list[Any]
) -> None:
    knows(issuer, "b1", email="bob@helvetia.example", email_verified=False)
    client = browser()
    refused = come(client, issuer, "b1", "bob@helvetia.example")
    assert refused.status_code == 403 and "vérifiée" in refused.content.decode()
    assert not is_in(client)
    knows(issuer, "b1", email="bob@helvetia.example")
    come(client, issuer, "b1", "bob@helvetia.example")
    assert is_in(client)
    do_jobs()
    assert [mail.subject for mail in mailoutbox] == ["La connexion de votre organisation a été ajoutée"]


@pytest.mark.parametrize("email", ["zoe@rousseau.example", "nadia@lemanique.example", "somebody@elsewhere.example", ""])
def test_a_provider_answers_for_its_own_people_alone(
    world: World, helvetias: IdentityProvider, issuer: str, email: str
) -> None:
    """A client's provider that says "this is Nadia" lets nobody in as Nadia."""
    knows(issuer, "evil", email=email)
    client = browser()
    assert come(client, issuer, "evil", ALICE).status_code == 403
    assert not is_in(client)
    assert not Account.objects.filter(email="somebody@elsewhere.example").exists()


def test_who_moved_to_another_organisation_no_longer_comes_in_by_the_old_one(
    world: World, helvetias: IdentityProvider, issuer: str
) -> None:
    knows(issuer, "a2", email=ALICE)
    come(browser(), issuer, "a2", ALICE)
    with everything():
        Person.objects.filter(pk=world.alice.pk).update(organisation=world.rousseau)
    client = browser()
    assert come(client, issuer, "a2", ALICE).status_code == 403
    assert not is_in(client)


def test_groups_give_roles_and_take_them_away_but_leave_those_given_by_hand(
    world: World, helvetias: IdentityProvider, issuer: str
) -> None:
    with everything():
        helvetias.role_groups = {"client_contact": ["IT-Contacts"], "administrator": ["IT-Contacts"]}
        helvetias.save()
    knows(issuer, "b2", email="bob@helvetia.example", groups=["IT-Contacts", "Others"])
    come(browser(), issuer, "b2", "bob@helvetia.example")
    assert roles_of(world.bob) == {"client_contact"}, "a client's groups give no role at the desk"
    assert RoleGrant.objects.get(person=world.bob).organisation_id == world.helvetia.pk
    knows(issuer, "b2", email="bob@helvetia.example", groups=["Others"])
    come(browser(), issuer, "b2", "bob@helvetia.example")
    assert roles_of(world.bob) == set()
    knows(issuer, "c2", email="claire@helvetia.example", groups=[])
    come(browser(), issuer, "c2", "claire@helvetia.example")
    assert roles_of(world.claire) == {"client_contact"}, "it was given by hand"


def test_groups_of_the_house_give_roles_at_the_desk(world: World, helvetias: Any, issuer: str) -> None:
    provider_of(world.lemanique, issuer, role_groups={"coordinator": ["leads"]}, groups_claim="roles")
    knows(issuer, "na", email="nadia@lemanique.example", roles=["leads"])
    client = browser()
    assert come(client, issuer, "na", "nadia@lemanique.example")["Location"] == "/desk/"
    assert roles_of(world.nadia) == {"technician", "coordinator"}
    assert client.get("/desk/board/").status_code == 200


def test_a_provider_that_asks_for_a_second_factor_meets_the_demand(
    world: World, helvetias: IdentityProvider, issuer: str
) -> None:
    FactorRule.objects.create(role="requester", grace_days=0)
    knows(issuer, "a3", email=ALICE)
    client = browser()
    come(client, issuer, "a3", ALICE)
    assert client.get("/tickets/")["Location"] == "/me/security/"
    with everything():
        helvetias.asks_factor = True
        helvetias.save()
    again = browser()
    come(again, issuer, "a3", ALICE)
    assert again.get("/tickets/").status_code == 200


def test_where_it_is_the_only_way_a_password_is_not_enough(
    world: World, helvetias: IdentityProvider, issuer: str
) -> None:
    with everything():
        helvetias.is_only_way = True
        helvetias.save()
    client = browser()
    sign_in(client, ALICE)
    assert not is_in(client)
    assert "Helvetia" in client.get("/account/login/").content.decode()
    knows(issuer, "a4", email=ALICE)
    come(client, issuer, "a4", ALICE)
    assert is_in(client)


def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    world: World, helvetias: IdentityProvider, issuer: str
) -> None:
    knows(issuer, "a5", email=ALICE)
    asked = browser()
    page = asked.post("/account/organisation/", {"login": ALICE}).content.decode()
    (url,) = re.findall(r"0;url=([^\"]+)", page)
    parts = urlsplit(httpx.post(html.unescape(url), data={"sub": "a5"}).headers["Location"])
    stranger = browser()
    stranger.get(f"{parts.path}?{parts.query}")
    assert not is_in(stranger)


def test_a_provider_that_does_not_answer_is_told_of(world: World, helvetias: IdentityProvider) -> None:
    with everything():
        helvetias.issuer = f"http://localhost:{free_port()}"
        helvetias.save()
    answer = browser().post("/account/organisation/", {"login": ALICE})
    assert answer.status_code == 403 and "ne répond pas" in answer.content.decode()


def test_the_desk_asks_no_machine_in_a_private_network(
    world: World, helvetias: IdentityProvider, settings: Any
) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"private_targets": []})
    assert browser().post("/account/organisation/", {"login": ALICE}).status_code == 403


def test_an_administrator_sets_it_up_and_the_secret_is_never_shown(
    world: World, client: Client, issuer: str, settings: Any
) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"private_targets": ["127.0.0.0/8", "::1/128"]})
    client.force_login(world.adam.account)
    page = f"/desk/directory/organisations/{world.helvetia.pk}/sign-in"
    form = {
        "name": "Helvetia",
        "issuer": issuer,
        "client_id": "desk",
        "new_secret": "s3cret-of-helvetia",
        "groups_claim": "groups",
        "groups_client_contact": "IT\n\nIT\nDirection",
        "is_active": "on",
    }
    assert client.post(page, form).status_code == 302
    with everything():
        row = IdentityProvider.objects.get()
    assert row.role_groups == {"client_contact": ["IT", "Direction"]}
    assert "s3cret" not in row.secret
    shown = client.get(page).content.decode()
    assert "s3cret" not in shown and f"/account/oidc/{row.key}/login/callback/" in shown
    assert "s3cret" not in str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert client.post(page, form | {"issuer": "http://10.0.0.1/"}).status_code == 422
    assert client.post(page, {"delete": "yes"}).status_code == 302
    with everything():
        assert not IdentityProvider.objects.exists()


def test_nobody_else_sets_up_where_people_sign_in(world: World, client: Client) -> None:
    for person in (world.marc, world.nadia, world.claire):
        client.force_login(person.account)
        assert client.post(f"/desk/directory/organisations/{world.helvetia.pk}/sign-in", {}).status_code == 404
