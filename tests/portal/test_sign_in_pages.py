"""allauth's pages in our frame: styled, in both languages, and closed where they make no sense here."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "words"), [("fr", "M’envoyer le lien"), ("en", "Send me the link")])
def test_the_form_for_a_forgotten_password_looks_like_the_one_to_sign_in(
    world: World, client: Client, language: str, words: str
) -> None:
    page = client.get("/account/password/reset/", headers={"Accept-Language": language}).content.decode()
    assert words in page
    assert '<button class="btn btn-primary btn-lg">' in page
    assert '<label class="form-label" for="id_email">' in page
    assert "portal-entrance" in page


def test_what_is_wrong_stands_beside_its_field(world: World, client: Client) -> None:
    client.force_login(world.alice.account)
    form = {"oldpassword": "wrong", "password1": "short", "password2": "other"}
    page = client.post("/account/password/change/", form).content.decode()
    assert page.count('class="errorlist"') >= 2
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("address", ["email/", "confirm-email/", "confirm-email/abc/"])
def test_what_makes_no_sense_here_is_not_there(world: World, client: Client, address: str) -> None:
    for person in (None, world.alice, world.nadia):
        if person is not None:
            client.force_login(person.account)
        assert client.get(f"/account/{address}").status_code == 404
        assert client.post(f"/account/{address}").status_code == 404


@pytest.mark.parametrize("address", ["2fa/", "2fa/webauthn/"])
def test_lists_of_factors_lead_to_the_one_page_that_shows_them(world: World, client: Client, address: str) -> None:
    client.force_login(world.alice.account)
    assert client.get(f"/account/{address}")["Location"] == "/me/security/"
