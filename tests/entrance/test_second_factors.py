"""Second factors: set up, asked for, told of by mail, and never taken twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.entrance.signing_in import add_app, browser, code_in, code_of, confirm, is_in, sign_in, signed_in
from tests.jobs import do_jobs
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(world: World) -> Client:
    return signed_in("alice@helvetia.example")


def test_an_app_is_set_up_by_its_picture_and_a_code_and_then_asked_for(
    world: World, alice: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    assert alice.get("/account/2fa/totp/activate/")["Location"].startswith("/account/reauthenticate/")
    confirm(alice)
    page = alice.get("/account/2fa/totp/activate/").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    (secret,) = re.findall(r'id="authenticator_secret">(\w+)<', page)
    assert "pas le bon" in alice.post("/account/2fa/totp/activate/", {"code": "000000"}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/account/2fa/recovery-codes/"

    other = browser()
    assert sign_in(other, "alice@helvetia.example")["Location"] == "/account/2fa/authenticate/"
    assert not is_in(other)
    assert other.post("/account/2fa/authenticate/", {"code": code_of(secret, steps=1)}).status_code == 302
    assert is_in(other)

    do_jobs()
    (mail,) = mailoutbox
    assert mail.to == ["alice@helvetia.example"]
    assert mail.subject == "Un second facteur a été ajouté"
    assert "192.0.2.10" in mail.body and "Firefox" in mail.body


def test_a_code_of_an_app_is_taken_once(world: World) -> None:
    code = code_of(add_app(world.alice.account))
    first, second = browser(), browser()
    for each in (first, second):
        sign_in(each, "alice@helvetia.example")
        each.post("/account/2fa/authenticate/", {"code": code})
    assert is_in(first) and not is_in(second)


def test_recovery_codes_are_shown_once_and_each_signs_in_once(world: World, alice: Client) -> None:
    secret = add_app(world.alice.account)
    confirm(alice)
    alice.post("/account/2fa/recovery-codes/generate/")
    page = alice.get("/account/2fa/recovery-codes/").content.decode()
    codes = re.findall(r"<code>(\d{8})</code>", page)
    assert len(codes) == 10
    assert codes[0] not in alice.get("/account/2fa/recovery-codes/").content.decode()
    assert alice.get("/account/2fa/recovery-codes/download/").status_code == 403
    for expected in (True, False):
        other = browser()
        sign_in(other, "alice@helvetia.example")
        other.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert is_in(other) is expected
    assert "9 restent" in alice.get("/me/security/").content.decode().replace("\xa0", " ")
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_taking_the_app_away_asks_who_it_is_and_is_told_of(world: World, alice: Client, mailoutbox: list[Any]) -> None:
    add_app(world.alice.account)
    assert alice.post("/account/2fa/totp/deactivate/").status_code == 302
    assert Authenticator.objects.filter(type="totp").exists()
    confirm(alice)
    alice.post("/account/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    do_jobs()
    assert [each.subject for each in mailoutbox] == ["Un second facteur a été retiré"]


def test_with_another_secret_key_no_code_is_right_rather_than_every_one(world: World, settings: Any) -> None:
    secret = add_app(world.alice.account)
    settings.SECRET_KEY = "another one"
    client = browser()
    sign_in(client, "alice@helvetia.example")
    for code in (code_of(secret), "000000", ""):
        client.post("/account/2fa/authenticate/", {"code": code})
        assert not is_in(client)


def test_a_code_by_mail_signs_in_the_browser_that_asked_for_it(world: World, mailoutbox: list[Any]) -> None:
    client, stranger = browser(), browser()
    assert client.post("/account/login/code/", {"email": "alice@helvetia.example"}).status_code == 302
    do_jobs()
    (mail,) = mailoutbox
    assert mail.subject == "Votre code pour vous connecter"
    code = code_in(mail.body)
    assert stranger.post("/account/login/code/confirm/", {"code": code}).status_code == 302
    assert not is_in(stranger)
    assert "pas le bon" in client.post("/account/login/code/confirm/", {"code": "ABC-DEF"}).content.decode()
    assert client.post("/account/login/code/confirm/", {"code": code})["Location"] == "/"
    assert is_in(client)


def test_a_code_by_mail_does_not_replace_the_second_factor(world: World, mailoutbox: list[Any]) -> None:
    add_app(world.alice.account)
    client = browser()
    client.post("/account/login/code/", {"email": "alice@helvetia.example"})
    do_jobs()
    answer = client.post("/account/login/code/confirm/", {"code": code_in(mailoutbox[0].body)})
    assert answer["Location"] == "/account/2fa/authenticate/"
    assert not is_in(client)


def test_whether_an_address_has_an_account_is_not_told(world: World, mailoutbox: list[Any]) -> None:
    pages = []
    for email in ("alice@helvetia.example", "nobody@helvetia.example"):
        client = browser()
        client.post("/account/login/code/", {"email": email})
        page = client.get("/account/login/code/confirm/").content.decode().replace(email, "…")
        pages.append(re.sub(r'(nonce|value)="[^"]+"', "", page))
    assert pages[0] == pages[1]
    do_jobs()
    assert len(mailoutbox) == 1


def test_a_code_that_could_not_be_sent_for_long_is_not_sent_any_more(world: World, mailoutbox: list[Any]) -> None:
    import time_machine

    from entraide.core.clock import now
    from entraide.entrance.mails import CODE_HOLDS

    browser().post("/account/login/code/", {"email": "alice@helvetia.example"})
    with time_machine.travel(now() + CODE_HOLDS * 2):
        do_jobs()
    assert mailoutbox == []


def test_what_opens_the_door_does_not_stand_in_the_queue(world: World) -> None:
    from django.db import connection

    browser().post("/account/login/code/", {"email": "alice@helvetia.example"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'entraide.account_mail'")
        (kept,) = cursor.fetchone()
    assert "alice" not in kept


def test_somebody_who_left_does_not_come_in(world: World) -> None:
    from tests.world import everything

    with everything():
        type(world.alice).objects.filter(pk=world.alice.pk).update(is_active=False)
    client = browser()
    assert sign_in(client, "alice@helvetia.example")["Location"] == "/account/inactive/"
    assert not is_in(client)
