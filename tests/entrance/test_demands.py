"""Roles that need a second factor: days of grace, then one page; programs go on; nobody is locked out for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.audit.models import AuditEntry
from entraide.core.clock import now
from entraide.entrance.models import FactorRule, SessionRule
from tests.entrance.signing_in import add_app, browser, code_of, confirm, sign_in, signed_in
from tests.world import World

pytestmark = pytest.mark.django_db
NADIA = "nadia@lemanique.example"
SETTINGS = "/desk/settings/sign-in/"


def demand(role: str = "technician", days: int = 0) -> None:
    FactorRule.objects.create(role=role, grace_days=days)


def rules(**changes: Any) -> dict[str, Any]:
    """What the form sends as it stands, but for these."""
    sent: dict[str, Any] = {"idle_staff": 72, "limit_staff": 14, "idle_others": 336, "limit_others": 90}
    roles = ("requester", "technician", "coordinator", "manager", "security_officer", "client_contact", "administrator")
    return sent | {f"days_{role}": 14 for role in roles} | changes


def test_without_days_of_grace_only_the_page_to_set_one_up_is_left(world: World) -> None:
    demand()
    nadia = signed_in(NADIA)
    for page in ("/desk/", "/", "/tickets/", "/me/"):
        assert nadia.get(page)["Location"] == "/me/security/"
    assert "il n’y a que cette page" in nadia.get("/me/security/").content.decode()
    assert nadia.get("/desk/rows", headers={"HX-Request": "true"})["HX-Redirect"] == "/me/security/"
    assert nadia.get("/desk/stream", headers={"Accept": "text/event-stream"}).status_code == 403
    confirm(nadia)
    assert nadia.get("/account/2fa/totp/activate/").status_code == 200
    nadia.post("/account/2fa/totp/activate/", {"code": code_of(nadia.session["mfa.totp.secret"])})
    assert nadia.get("/desk/").status_code == 200
    assert nadia.post("/account/logout/").status_code == 302


def test_who_signs_in_with_a_factor_sees_everything(world: World) -> None:
    demand()
    secret = add_app(world.nadia.account)
    nadia = browser()
    sign_in(nadia, NADIA)
    nadia.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert nadia.get("/desk/").status_code == 200


def test_others_are_not_asked(world: World) -> None:
    demand()
    assert signed_in("alice@helvetia.example").get("/me/").status_code == 200
    assert signed_in("marc@lemanique.example").get("/desk/").status_code == 200


def test_the_days_begin_when_somebody_is_first_asked_and_are_said(world: World) -> None:
    demand(days=7)
    with time_machine.travel(now() + timedelta(days=30)):
        nadia = signed_in(NADIA)
        page = nadia.get("/desk/", follow=True).content.decode()
        assert "votre rôle exige un second facteur" in page
    with time_machine.travel(now() + timedelta(days=36)):
        assert signed_in(NADIA).get("/desk/").status_code == 200
    with time_machine.travel(now() + timedelta(days=38)):
        assert signed_in(NADIA).get("/desk/")["Location"] == "/me/security/"


def test_of_several_roles_the_strictest_holds(world: World) -> None:
    demand("requester", days=90)
    demand("technician", days=1)
    with time_machine.travel(now()):
        signed_in(NADIA).get("/desk/")
    with time_machine.travel(now() + timedelta(days=2)):
        assert signed_in(NADIA).get("/desk/").status_code == 302
        assert signed_in("alice@helvetia.example").get("/me/").status_code == 200


def test_the_last_factor_stays_while_the_role_needs_it(world: World) -> None:
    from allauth.mfa.models import Authenticator

    demand(days=14)
    add_app(world.nadia.account)
    nadia = browser()
    sign_in(nadia, NADIA)
    key = Authenticator.objects.get().data
    nadia.post("/account/2fa/authenticate/", {"code": code_of_stored(key)})
    confirm(nadia)
    page = nadia.post("/account/2fa/totp/deactivate/").content.decode()
    assert "configurez-en un autre" in page
    assert Authenticator.objects.filter(type="totp").exists()


def code_of_stored(data: dict[str, str]) -> str:
    from entraide.portal.second_factors import Factors

    return code_of(Factors().decrypt(data["secret"]))


def test_a_token_goes_on_and_a_new_one_needs_the_factor(world: World) -> None:
    from entraide.api.tokens import create_token
    from entraide.core.events import Refused

    _token, secret = create_token(world.nadia, name="Tableau", scopes=["tickets:read"])
    demand()
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/tickets").status_code == 200
    with pytest.raises(Refused, match="second facteur"):
        create_token(world.nadia, name="Un autre", scopes=["tickets:read"])
    add_app(world.nadia.account)
    create_token(world.nadia, name="Un autre", scopes=["tickets:read"])


@pytest.mark.parametrize("who", ["adam", "marc", "sofia"])
def test_the_rules_are_set_on_one_screen_and_written_down(world: World, client: Client, who: str) -> None:
    client.force_login(getattr(world, who).account)
    page = client.get(SETTINGS).content.decode()
    assert "0 sur 7" in page or "0 sur 4" in page
    sent = rules(needs_technician="on", days_technician=3, idle_staff=12)
    assert client.post(SETTINGS, sent).status_code == 302
    assert FactorRule.objects.get().grace_days == 3
    assert SessionRule.objects.get(group="staff").idle_hours == 12
    assert AuditEntry.objects.filter(subject_kind="entrance.factorrule", act="setting_made").exists()
    assert client.post(SETTINGS, rules(idle_staff=12)).status_code == 302
    assert not FactorRule.objects.exists()
    assert AuditEntry.objects.filter(subject_kind="entrance.factorrule", act="setting_removed").exists()


def test_numbers_that_make_no_sense_are_refused_and_nothing_changes(world: World, client: Client) -> None:
    client.force_login(world.adam.account)
    refused = client.post(SETTINGS, rules(needs_manager="on", days_manager=400, idle_others=0))
    assert refused.status_code == 422
    assert refused.content.decode().count("field-error") == 2
    assert not FactorRule.objects.exists()


def test_who_may_not_set_rules_finds_no_screen(world: World, client: Client) -> None:
    for person in (world.nadia, world.alice, world.carla):
        client.force_login(person.account)
        assert client.post(SETTINGS, rules(needs_technician="on")).status_code == 404
    assert not FactorRule.objects.exists()


def test_who_is_signed_in_is_asked_within_five_minutes_and_pays_no_query(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    nadia = signed_in(NADIA)
    nadia.get("/desk/")
    with CaptureQueriesContext(connection) as seen:
        nadia.get("/desk/")
    assert not [each["sql"] for each in seen if "entrance_factorrule" in each["sql"]]
    demand()
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert nadia.get("/desk/")["Location"] == "/me/security/"
