"""Where one is signed in: seen, ended, and over by itself after a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.core.clock import now
from entraide.entrance import sessions
from entraide.entrance.models import Ending, SessionRule, SignIn
from tests.entrance.signing_in import CHROME, add_app, browser, code_of, confirm, is_in, sign_in, signed_in
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
ALICE = "alice@helvetia.example"


def test_the_page_names_each_browser_its_address_and_which_one_this_is(world: World) -> None:
    here = signed_in(ALICE)
    signed_in(ALICE, user_agent=CHROME, address="198.51.100.7")
    page = here.get("/me/security/").content.decode()
    assert "Firefox, Linux" in page and "Chrome, Windows" in page
    assert "198.51.100.7" in page
    assert page.count("ce navigateur") == 1


def test_one_browser_is_signed_out_from_another(world: World) -> None:
    here, there = signed_in(ALICE), signed_in(ALICE, user_agent=CHROME)
    lost = SignIn.objects.get(user_agent=CHROME)
    assert here.post(f"/me/security/sessions/{lost.pk}/ending").status_code == 302
    assert is_in(here) and not is_in(there)
    lost.refresh_from_db()
    assert lost.ending == Ending.REVOKED


def test_nobody_ends_the_sign_in_of_somebody_else(world: World) -> None:
    alice, bob = signed_in(ALICE), signed_in("bob@helvetia.example")
    theirs = SignIn.objects.get(account=world.bob.account)
    assert alice.post(f"/me/security/sessions/{theirs.pk}/ending").status_code == 404
    assert is_in(bob)


def test_all_others_are_signed_out_at_once(world: World) -> None:
    here, *others = (signed_in(ALICE) for _ in range(3))
    here.post("/me/security/sessions/ending")
    assert is_in(here) and not any(is_in(each) for each in others)


def test_another_password_ends_the_others_and_keeps_this_one(world: World) -> None:
    here, there = signed_in(ALICE), signed_in(ALICE)
    form = {"oldpassword": PASSWORD, "password1": "un mot très long 42", "password2": "un mot très long 42"}
    assert here.post("/account/password/change/", form)["Location"] == "/me/security/"
    assert is_in(here) and not is_in(there)
    assert [each.ending for each in SignIn.objects.order_by("pk")] == ["", Ending.PASSWORD]
    # Its key changed; it can still be ended from elsewhere.
    elsewhere = browser()
    sign_in(elsewhere, ALICE, "un mot très long 42")
    elsewhere.post("/me/security/sessions/ending")
    assert not is_in(here)


def test_another_factor_ends_the_others(world: World, django_capture_on_commit_callbacks: Any) -> None:
    here, there = signed_in(ALICE), signed_in(ALICE)
    confirm(here)
    here.get("/account/2fa/totp/activate/")
    with django_capture_on_commit_callbacks(execute=True):
        here.post("/account/2fa/totp/activate/", {"code": code_of(here.session["mfa.totp.secret"])})
    assert is_in(here) and not is_in(there)


def test_signing_out_is_remembered(world: World) -> None:
    here = signed_in(ALICE)
    here.post("/account/logout/")
    row = SignIn.objects.get()
    assert row.ending == Ending.SIGNED_OUT
    signed_in(ALICE)
    assert sessions.open_now(world.alice.account)[0].pk != row.pk
    assert len(sessions.past(world.alice.account)) == 2


def used_daily(client: Client, days: int) -> bool:
    start = now()
    for day in range(1, days + 1):
        with time_machine.travel(start + timedelta(days=day)):
            if not is_in(client):
                return False
    return True


def test_a_sign_in_that_is_not_used_ends_sooner_for_staff(world: World) -> None:
    nadia, alice = signed_in("nadia@lemanique.example"), signed_in(ALICE)
    with time_machine.travel(now() + timedelta(days=4)):
        assert not is_in(nadia)
        assert is_in(alice)
    with time_machine.travel(now() + timedelta(days=20)):
        assert not is_in(alice)
    assert set(SignIn.objects.values_list("ending", flat=True)) == {Ending.IDLE}


def test_one_that_is_used_daily_ends_at_its_limit(world: World) -> None:
    assert used_daily(signed_in("nadia@lemanique.example"), 13)
    assert not used_daily(signed_in("nadia@lemanique.example"), 16)


def test_how_long_it_lasts_is_a_setting_and_holds_for_who_is_signed_in(world: World) -> None:
    alice = signed_in(ALICE)
    SessionRule.objects.create(group="others", idle_hours=1, limit_days=1)
    with time_machine.travel(now() + timedelta(hours=2)):
        assert not is_in(alice)


def test_a_request_costs_no_query_for_it(world: World) -> None:
    alice = signed_in(ALICE)
    is_in(alice)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        is_in(alice)
    assert not [each["sql"] for each in seen if "entrance_signin" in each["sql"]]


def test_what_is_over_is_forgotten_after_half_a_year(world: World) -> None:
    signed_in(ALICE)
    with time_machine.travel(now() + timedelta(days=200)):
        sessions.forget_old()
    assert not SignIn.objects.exists()


def test_the_second_step_is_remembered_with_the_sign_in(world: World) -> None:
    secret = add_app(world.alice.account)
    client = browser()
    sign_in(client, ALICE)
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert SignIn.objects.get().with_factor
