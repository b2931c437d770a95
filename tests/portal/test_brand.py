"""How the portal looks to an organisation's people: on its pages, under its own host name, and in its mails."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entraide.channels.email.models import OutgoingMail
from entraide.people.brands import base_url_of, brand_of, save_brand
from entraide.people.models import Brand, BrandChange
from entraide.tickets import actions
from entraide.tickets.links import url_for
from tests.approvals.desk import asked
from tests.jobs import do_jobs
from tests.portal.pictures import png
from tests.world import PASSWORD, World, everything

pytestmark = pytest.mark.django_db
HOST = "aide.helvetia.example"


@pytest.fixture
def adam(world: World, client: Client) -> Client:
    client.force_login(world.adam.account)
    return client


@pytest.fixture
def brand(world: World) -> Brand:
    facts = {"name": "IT d'Helvetia", "accent": "#a3123f", "host": HOST}
    with everything():
        return save_brand(world.helvetia, facts=facts, seen=0, actor=world.as_(world.adam))


def look(world: World, client: Client, **typed: Any) -> Any:
    return client.post(f"/desk/directory/organisations/{world.helvetia.pk}/look", {"version": "0", **typed})


def fresh(world: World) -> Brand:
    found = brand_of(world.helvetia.pk)
    assert found is not None
    return found


# ── The desk gives an organisation its look ─────────────────────────────────────────────────────


def test_name_colour_logo_and_host_name_are_kept_and_remembered(world: World, adam: Client) -> None:
    logo = SimpleUploadedFile("logo.png", png(64, 32))
    answer = look(world, adam, name="IT d'Helvetia", accent="A3123F", logo=logo, host=f"https://{HOST.upper()}/")
    assert answer.status_code == 302
    kept = fresh(world)
    assert (kept.name, kept.accent, kept.host, kept.version) == ("IT d'Helvetia", "#a3123f", HOST, 1)
    assert (kept.logo_mime, kept.logo_width, kept.logo_height) == ("image/png", 64, 32)
    page = adam.get(f"/desk/directory/organisations/{world.helvetia.pk}/look").content.decode()
    assert "Adam Muller" in page and "#a3123f" in page and f"http://{HOST}" in page
    # The same again is no change, and the logo can go.
    look(world, adam, version="1", name="IT d'Helvetia", accent="#a3123f", host=HOST)
    assert fresh(world).version == 1
    look(world, adam, version="1", name="IT d'Helvetia", accent="", host="", without_logo="on")
    kept = fresh(world)
    assert (kept.accent, kept.host, kept.logo_digest) == ("", None, "")
    with everything():
        assert [sorted(each.changes) for each in BrandChange.objects.all()] == [
            ["accent", "host", "logo_digest"],
            ["accent", "host", "logo_digest", "name"],
        ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"accent": "red"}, "pas une couleur"),
        ({"accent": "#12345"}, "pas une couleur"),
        ({"host": "not a host"}, "pas un nom d’hôte"),
        ({"host": "localhost"}, "pas un nom d’hôte"),
        ({"host": "aide.example.ch:8000"}, "pas un nom d’hôte"),
        ({"host": "aide.example.ch/x"}, "pas un nom d’hôte"),
        ({"host": "10.0.0.10"}, "pas un nom d’hôte"),
        ({"name": "x" * 61}, "60"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(
    world: World, adam: Client, typed: dict[str, str], words: str
) -> None:
    page = look(world, adam, **{"name": "Nom gardé", **typed})
    assert page.status_code == 422
    assert words in page.content.decode()
    if "name" not in typed:
        assert "Nom gardé" in page.content.decode()
    assert brand_of(world.helvetia.pk) is None


def test_a_drawing_with_scripts_is_no_logo(world: World, adam: Client) -> None:
    page = look(world, adam, logo=SimpleUploadedFile("logo.png", b"<svg onload='x'/>", content_type="image/png"))
    assert page.status_code == 422
    assert "PNG, JPEG ou WebP" in page.content.decode()


def test_a_host_name_belongs_to_one_organisation_and_never_to_the_desk(
    world: World, adam: Client, brand: Brand, settings: Any
) -> None:
    other = f"/desk/directory/organisations/{world.rousseau.pk}/look"
    page = adam.post(other, {"version": "0", "host": HOST})
    assert page.status_code == 422 and "déjà" in page.content.decode()
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "support.lemanique.example"]
    page = adam.post(other, {"version": "0", "host": "support.lemanique.example"})
    assert page.status_code == 422


def test_two_people_who_change_it_at_once_are_told(world: World, adam: Client, brand: Brand) -> None:
    page = look(world, adam, version="0", name="Autre")
    assert page.status_code == 409
    assert fresh(world).name == "IT d'Helvetia"


def test_coordinators_change_the_look_and_administrators_alone_the_host_name(
    world: World, client: Client, brand: Brand
) -> None:
    client.force_login(world.carla.account)
    assert look(world, client, version="1", name="Support", host="mal.example.ch").status_code == 302
    assert (fresh(world).name, fresh(world).host) == ("Support", HOST)
    client.force_login(world.nadia.account)
    assert look(world, client, version="2", name="Non").status_code == 403
    assert fresh(world).name == "Support"


def test_the_preview_shows_both_themes_and_says_where_the_colour_moves(world: World, adam: Client) -> None:
    base = f"/desk/directory/organisations/{world.helvetia.pk}/look/preview"
    page = adam.get(base, {"name": "Bonjour <b>", "accent": "#ffeb3b"}).content.decode()
    assert "Bonjour &lt;b&gt;" in page and "brand-light" in page and "brand-dark" in page
    assert "Dans le thème clair" in page and "Dans le thème sombre" not in page
    (sheet,) = re.findall(r'href="([^"]+look\.css[^"]+)"', page)
    rules = adam.get(sheet.replace("&amp;", "&"))
    assert rules["Content-Type"].startswith("text/css") and ".brand-light" in rules.content.decode()
    assert adam.get("/desk/directory/look.css", {"accent": "}body{"}).content == b""


# ── The pages ───────────────────────────────────────────────────────────────────────────────────


def test_the_host_name_shows_the_look_before_anybody_signs_in(world: World, client: Client, brand: Brand) -> None:
    page = client.get("/account/login/", headers={"host": HOST})
    assert page.status_code == 200
    assert "IT d&#x27;Helvetia" in page.content.decode()
    assert f"/brand/{brand.key}.css?v=1" in page.content.decode()
    assert "Helvetia" not in client.get("/account/login/").content.decode()


def test_one_signs_in_there_and_the_form_is_trusted(world: World, brand: Brand) -> None:
    client = Client(enforce_csrf_checks=True)
    here = {"host": HOST, "origin": f"http://{HOST}"}
    page = client.get("/account/login/", headers=here).content.decode()
    (token,) = re.findall(
        r'action="/account/login/"><input type="hidden" name="csrfmiddlewaretoken" value="(\w+)"', page
    )
    form = {"login": "alice@helvetia.example", "password": PASSWORD, "csrfmiddlewaretoken": token}
    foreign = client.post("/account/login/", form, headers={"host": HOST, "origin": "http://evil.example"})
    assert foreign.status_code == 403
    assert client.post("/account/login/", form, headers=here)["Location"] == "/"
    assert "Alice Martin" in client.get("/", headers=here).content.decode()


@pytest.mark.parametrize(
    "host", ["evil.example", "sub.aide.helvetia.example", "aide.helvetia.example.evil.example", "x" * 300]
)
def test_no_other_name_is_opened_with_it(world: World, client: Client, brand: Brand, host: str) -> None:
    assert client.get("/account/login/", headers={"host": host}).status_code == 400


def test_a_name_that_was_taken_away_is_closed_at_once(world: World, client: Client, brand: Brand) -> None:
    with everything():
        save_brand(world.helvetia, facts={"host": None}, seen=1, actor=world.as_(world.adam))
    assert client.get("/account/login/", headers={"host": HOST}).status_code == 400


def test_neither_the_desk_nor_the_api_answers_there(world: World, client: Client, brand: Brand) -> None:
    client.force_login(world.nadia.account)
    for path in ("/desk/", "/desk/board/", "/api/v1/tickets", "/account/email/"):
        assert client.get(path, headers={"host": HOST}).status_code == 404, path
    page = client.get("/", headers={"host": HOST})
    assert page.status_code == 200 and 'href="/desk/"' not in page.content.decode()
    assert client.get("/desk/").status_code == 200


def test_a_technician_who_signs_in_there_comes_to_the_portal(world: World, client: Client, brand: Brand) -> None:
    form = {"login": "nadia@lemanique.example", "password": PASSWORD}
    assert client.post("/account/login/", form, headers={"host": HOST})["Location"] == "/"
    assert client.post("/account/login/", form)["Location"] in ("/desk/", "/")


def test_whoever_is_signed_in_sees_their_own_look_under_the_desks_name(
    world: World, client: Client, brand: Brand
) -> None:
    client.force_login(world.alice.account)
    assert "IT d&#x27;Helvetia" in client.get("/").content.decode()
    client.force_login(world.zoe.account)
    assert "Helvetia" not in client.get("/").content.decode()


def test_a_signed_link_shows_the_look_of_its_reader_on_either_name(world: World, client: Client, brand: Brand) -> None:
    with everything():
        ticket = world.ticket()
    path = "/t/" + url_for(ticket.pk, world.alice.pk, purpose="see").split("/t/")[1]
    for host in ("testserver", HOST):
        page = client.get(path, headers={"host": host})
        assert page.status_code == 200 and "IT d&#x27;Helvetia" in page.content.decode()
    client.post(f"{path}answers", {"text": "Depuis ici"}, headers={"host": HOST, "origin": f"http://{HOST}"})
    with everything():
        assert ticket.timeline().last().kind == "requester_wrote"


def test_colours_and_logo_are_kept_by_browsers_until_they_change(world: World, adam: Client, brand: Brand) -> None:
    look(world, adam, version="1", name="x", accent="#a3123f", host=HOST, logo=SimpleUploadedFile("l.png", png()))
    for path in (f"/brand/{brand.key}.css", f"/brand/{brand.key}/logo"):
        for host in ("testserver", HOST):
            answer = Client().get(path, {"v": "2"}, headers={"host": host})
            assert answer.status_code == 200 and "immutable" in answer["Cache-Control"]
            assert Client().get(path, {"v": "1"}, headers={"host": host})["Cache-Control"] == "no-cache"
    logo = Client().get(f"/brand/{brand.key}/logo", {"v": "2"})
    assert logo["Content-Type"] == "image/png" and logo["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in logo["Content-Security-Policy"]
    for path in ("/brand/guessed.css", "/brand/guessed/logo", f"/brand/{world.helvetia.pk}.css"):
        assert Client().get(path).status_code == 404


def test_an_organisation_that_is_no_longer_served_has_no_host(world: World, client: Client, brand: Brand) -> None:
    with everything():
        world.helvetia.is_active = False
        world.helvetia.save()
    assert client.get("/account/login/", headers={"host": HOST}).status_code == 400
    assert HOST not in base_url_of(world.helvetia.pk)


# ── The mails ───────────────────────────────────────────────────────────────────────────────────


def test_links_in_mails_lead_to_the_readers_host_name(world: World, brand: Brand) -> None:
    with everything():
        ticket = world.ticket()
        actions.watch(ticket, person=world.claire, actor=world.as_(world.nadia))
        other = world.ticket(world.zoe)
        for each in (ticket, other):
            actions.resolve(each, code="solved", text="Fait", actor=world.as_(world.nadia))
        do_jobs()
        to_alice = OutgoingMail.objects.get(template="resolved", person=world.alice)
        to_zoe = OutgoingMail.objects.get(template="resolved", person=world.zoe)
    assert f"http://{HOST}" in to_alice.text and "/t/" in to_alice.text
    assert HOST not in to_zoe.text and "/t/" in to_zoe.text


def test_a_question_to_approve_leads_there_too(world: World, client: Client, brand: Brand) -> None:
    ticket = world.ticket()
    asked(world, ticket)
    with everything():
        do_jobs()
        mail = OutgoingMail.objects.get(person=world.claire, ticket=ticket)
    (path,) = set(re.findall(rf"http://{HOST}\S*?(/a/[^\s)]+)", mail.text))
    assert "IT d&#x27;Helvetia" in client.get(path, headers={"host": HOST}).content.decode()


def test_a_forgotten_password_is_mended_under_the_name_where_it_was_forgotten(
    world: World, client: Client, brand: Brand, mailoutbox: list[Any]
) -> None:
    client.post("/account/password/reset/", {"email": "alice@helvetia.example"}, headers={"host": HOST})
    do_jobs()
    (mail,) = mailoutbox
    assert f"http://{HOST}/account/password/reset/key/" in mail.body
    (path,) = re.findall(rf"http://{HOST}(/account/password/reset/key/\S+)", mail.body)
    page = client.get(path, headers={"host": HOST}, follow=True)
    assert page.status_code == 200 and "IT d&#x27;Helvetia" in page.content.decode()
