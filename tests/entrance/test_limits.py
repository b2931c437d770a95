"""Guessing a password ends soon; the person whose password it is comes in all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from entraide.core.clock import now
from entraide.entrance import limits
from entraide.entrance.models import Attempt
from tests.entrance.signing_in import browser, is_in, sign_in, signed_in
from tests.world import World

pytestmark = pytest.mark.django_db
ALICE = "alice@helvetia.example"


def guess(client: Client, times: int, email: str = ALICE) -> list[int]:
    return [sign_in(client, email, f"guess {n}").status_code for n in range(times)]


def test_after_five_wrong_passwords_a_page_says_when_to_try_again(world: World) -> None:
    stranger = browser(address="203.0.113.5")
    assert guess(stranger, 6) == [200] * 5 + [429]
    refused = sign_in(stranger, ALICE)
    assert refused.status_code == 429
    assert 500 < int(refused["Retry-After"]) <= 600
    page = refused.content.decode().replace("\xa0", " ")
    assert "Trop d’essais" in page and "<time" in page
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert sign_in(stranger, ALICE).status_code == 302


def test_a_stranger_locks_nobody_out(world: World) -> None:
    alices = signed_in(ALICE, address="192.0.2.10")
    alices.post("/account/logout/")
    for n in range(30):
        guess(browser(address=f"203.0.113.{n}"), 3)
    assert sign_in(browser(address="203.0.113.99"), ALICE).status_code == 429, "strangers' tries are used up"
    assert sign_in(alices, ALICE).status_code == 302
    assert is_in(alices)


def test_a_browser_that_is_known_to_one_account_is_a_stranger_to_others(world: World) -> None:
    bobs = signed_in("bob@helvetia.example", address="203.0.113.5")
    bobs.post("/account/logout/")
    assert guess(bobs, 6)[-1] == 429


def test_a_forged_cookie_makes_no_browser_known(world: World) -> None:
    stranger = browser(address="203.0.113.5")
    stranger.cookies["entraide_browser"] = f'{{"name": "x", "accounts": [{world.alice.account.pk}]}}'
    assert guess(stranger, 6)[-1] == 429


def test_an_address_that_tries_many_accounts_is_stopped(world: World) -> None:
    stranger = browser(address="203.0.113.5")
    said = [guess(stranger, 1, f"person{n}@helvetia.example")[0] for n in range(61)]
    assert said == [200] * 60 + [429]
    assert sign_in(browser(address="203.0.113.6"), ALICE).status_code == 302


def test_right_passwords_do_not_count(world: World) -> None:
    for _ in range(8):
        signed_in(ALICE).post("/account/logout/")
    assert not Attempt.objects.exists()


def test_no_address_can_be_read_where_tries_are_counted(world: World) -> None:
    guess(browser(), 1)
    assert all("alice" not in key and "192" not in key for key in Attempt.objects.values_list("key", flat=True))
    with time_machine.travel(now() + timedelta(hours=2)):
        limits.forget_old()
    assert not Attempt.objects.exists()


def test_codes_by_mail_are_not_sent_without_end(world: World) -> None:
    said = [browser().post("/account/login/code/", {"email": ALICE}) for _ in range(6)]
    assert [each.status_code for each in said] == [302] * 5 + [200]
    assert "dix minutes" in said[-1].content.decode()


def test_the_second_step_cannot_be_guessed_for_long(world: World) -> None:
    from tests.entrance.signing_in import add_app, code_of

    secret = add_app(world.alice.account)
    thief = browser()
    sign_in(thief, ALICE)
    for n in range(6):
        thief.post("/account/2fa/authenticate/", {"code": f"00000{n}"})
    page = thief.post("/account/2fa/authenticate/", {"code": code_of(secret)}).content.decode()
    assert "dix minutes" in page and not is_in(thief)
