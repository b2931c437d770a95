"""A contact form on the pages of a client: what it opens, on whose pages it stands, and what it keeps out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entraide.channels.email.models import OutgoingMail
from entraide.channels.web import limits
from entraide.channels.web.models import ContactForm, FormTry
from entraide.channels.web.tokens import token_for
from entraide.core.clock import now
from entraide.people.brands import save_brand
from entraide.people.models import MailAddress, Person
from entraide.tickets.models import Ticket
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
INTRANET = "https://intranet.helvetia.example"
TYPED = {"name": "Ada Neuve", "email": "ada@helvetia.example", "text": "Il me faut un écran.\nPour lundi."}


@pytest.fixture
def form(world: World) -> ContactForm:
    with everything():
        return ContactForm.objects.create(
            organisation=world.helvetia, name="Intranet", origins=[INTRANET], made_at=now()
        )


def token(form: ContactForm) -> str:
    with time_machine.travel(now() - timedelta(minutes=1)):
        return token_for(form.pk)


def send(client: Client, form: ContactForm, **typed: Any) -> Any:
    headers = typed.pop("headers", {})
    return client.post(f"/embed/{form.key}", {"token": token(form), **TYPED, **typed}, headers=headers)


def tickets() -> list[Ticket]:
    with everything():
        return list(Ticket.objects.select_related("requester", "organisation", "category").order_by("pk"))


# ── What it opens ───────────────────────────────────────────────────────────────────────────────


def test_somebody_new_is_added_and_gets_a_number_and_a_mail(world: World, client: Client, form: ContactForm) -> None:
    answer = send(client, form)
    assert answer.status_code == 200
    (ticket,) = tickets()
    assert ticket.reference in answer.content.decode() and "ada@helvetia.example" in answer.content.decode()
    assert (ticket.subject, ticket.channel, ticket.kind) == ("Il me faut un écran.", "form", "request")
    assert ticket.requester.name == "Ada Neuve" and ticket.organisation_id == world.helvetia.pk
    assert ticket.tags == [] and ticket.team_id == world.n1.pk
    with everything():
        do_jobs()
        mail = OutgoingMail.objects.get(template="acknowledgement")
    assert mail.recipient == "ada@helvetia.example" and ticket.reference in mail.text


def test_whoever_is_known_is_nobody_new(world: World, client: Client, form: ContactForm) -> None:
    send(client, form, name="Quelqu’un", email="ALICE@helvetia.example")
    (ticket,) = tickets()
    assert ticket.requester_id == world.alice.pk
    with everything():
        assert Person.objects.get(pk=world.alice.pk).name == "Alice Martin"


def test_an_address_of_no_known_domain_is_of_the_forms_organisation_and_marked(
    world: World, client: Client, form: ContactForm
) -> None:
    send(client, form, email="ada@gmail.example")
    (ticket,) = tickets()
    assert ticket.organisation_id == world.helvetia.pk and ticket.tags == ["unknown-sender"]


def test_an_address_of_another_organisation_opens_nothing_here_and_shows_nothing(
    world: World, client: Client, form: ContactForm
) -> None:
    pages = [
        send(client, form, email=email).content.decode() for email in ("zoe@rousseau.example", "new@helvetia.example")
    ]
    by_zoe, _by_new = tickets()
    assert by_zoe.requester_id == world.zoe.pk and by_zoe.organisation_id == world.rousseau.pk
    known, unknown = (re.sub(r"ENT-\d+|\w+@\w+\.example", "", page) for page in pages)
    assert known == unknown, "the form tells nobody whom the desk knows"


def test_a_category_of_the_form_is_taken_and_no_other(world: World, client: Client, form: ContactForm) -> None:
    form.categories.add(world.wifi)
    page = client.get(f"/embed/{form.key}").content.decode()
    assert "Wi-Fi" in page and f'value="{world.network.pk}"' not in page
    for chosen in (world.wifi.pk, world.network.pk, "x", "9" * 40):
        send(client, form, category=chosen, text=f"Choix {chosen}")
    assert [ticket.category for ticket in tickets()] == [world.wifi, None, None, None]


def test_files_come_along_and_outlast_a_refusal(world: World, client: Client, form: ContactForm) -> None:
    page = send(client, form, text="", attachments=[SimpleUploadedFile("a.txt", b"a")])
    assert page.status_code == 422 and "a.txt" in page.content.decode()
    (kept,) = re.findall(r'name="kept" value="([^"]+)"', page.content.decode())
    send(client, form, kept=[kept], attachments=[SimpleUploadedFile("b.txt", b"b")])
    (ticket,) = tickets()
    with everything():
        assert [each.name for each in ticket.attachments.order_by("pk")] == ["a.txt", "b.txt"]
        other = ContactForm.objects.create(organisation=world.rousseau, name="Autre", origins=[INTRANET], made_at=now())
    assert send(client, other, kept=[kept]).status_code == 422, "a kept file is its own form's"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "votre nom"),
        ({"email": "ada"}, "adresse mail"),
        ({"email": "a@b.c, d@e.f"}, "adresse mail"),
        ({"email": "ada@x.example\nBcc: all@x.example"}, "adresse mail"),
        ({"email": "a" * 250 + "@x.example"}, "adresse mail"),
        ({"text": "\n \n"}, "besoin"),
        ({"text": "x" * 20_001}, "trop long"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_kept(
    world: World, client: Client, form: ContactForm, changes: dict[str, str], words: str
) -> None:
    page = send(client, form, **{"text": "Des mots gardés", **changes})
    assert page.status_code == 422
    assert words in page.content.decode()
    if "text" not in changes:
        assert "Des mots gardés" in page.content.decode()
    assert tickets() == []


def test_the_same_form_twice_is_one_ticket_and_with_other_words_another(
    world: World, client: Client, form: ContactForm
) -> None:
    mark = token(form)
    for text in ("Un", "Un", "Deux"):
        client.post(f"/embed/{form.key}", {**TYPED, "token": mark, "text": text})
    assert [ticket.subject for ticket in tickets()] == ["Un", "Deux"]


# ── On whose pages ──────────────────────────────────────────────────────────────────────────────


def test_only_its_pages_may_show_it_and_no_other_page_of_ours_may_be_shown(
    world: World, client: Client, form: ContactForm
) -> None:
    with everything():
        form.origins = [INTRANET, "https://extranet.helvetia.example:8443"]
        form.save()
    for answer in (client.get(f"/embed/{form.key}"), send(client, form), send(client, form, text="")):
        policy = answer["Content-Security-Policy"]
        assert f"frame-ancestors {INTRANET} https://extranet.helvetia.example:8443" in policy
        assert "'unsafe" not in policy and "X-Frame-Options" not in answer
    for path in ("/", "/account/login/", "/embed/guessed", f"/embed/{form.key}x", "/embed/"):
        assert "frame-ancestors 'none'" in client.get(path)["Content-Security-Policy"], path


def test_it_needs_and_sets_no_cookie_and_runs_no_script(world: World, form: ContactForm) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(f"/embed/{form.key}")
    assert not page.cookies and "<script" not in page.content.decode() and "style=" not in page.content.decode()
    answer = send(client, form, headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"})
    assert answer.status_code == 200 and not answer.cookies and not client.cookies
    assert len(tickets()) == 1


def test_a_form_sent_from_a_foreign_page_is_refused(world: World, client: Client, form: ContactForm) -> None:
    for origin in ("https://evil.example", INTRANET, "null"):
        page = send(client, form, headers={"origin": origin})
        assert page.status_code == 422 and "pas des nôtres" in page.content.decode()
    assert tickets() == []


def test_what_is_not_active_leads_nowhere(world: World, client: Client, form: ContactForm) -> None:
    mark = token(form)
    with everything():
        form.is_active = False
        form.save()
    assert client.get(f"/embed/{form.key}").status_code == 404
    assert client.post(f"/embed/{form.key}", {**TYPED, "token": mark}).status_code == 404
    assert tickets() == []


def test_it_looks_like_the_organisations_portal_in_the_language_and_theme_asked_for(
    world: World, client: Client, form: ContactForm
) -> None:
    with everything():
        save_brand(
            world.helvetia, facts={"name": "IT d'Helvetia", "accent": "#a3123f"}, seen=0, actor=world.as_(world.adam)
        )
    page = client.get(f"/embed/{form.key}", {"lang": "en", "theme": "dark"}).content.decode()
    assert "IT d&#x27;Helvetia" in page and ".css?v=1" in page and 'data-bs-theme="dark"' in page
    assert "What do you need?" in page
    page = client.get(f"/embed/{form.key}", {"lang": "xx", "theme": '"><b>'}).content.decode()
    assert 'data-bs-theme="light"' in page and "De quoi avez-vous besoin" in page


# ── What it keeps out ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bad", ["", "forged", "old", "another form's"])
def test_a_token_that_is_not_good_is_refused_and_the_words_can_be_sent_again(
    world: World, client: Client, form: ContactForm, bad: str
) -> None:
    if bad == "old":
        with time_machine.travel(now() - timedelta(hours=13)):
            bad = token_for(form.pk)
    elif bad == "another form's":
        bad = token_for(form.pk + 1)
    page = send(client, form, token=bad)
    assert page.status_code == 422 and "Pour lundi." in page.content.decode()
    assert tickets() == []
    (fresh,) = re.findall(r'name="token" value="([^"]+)"', page.content.decode())
    assert fresh != bad
    with time_machine.travel(now() + timedelta(seconds=30)):
        assert client.post(f"/embed/{form.key}", {**TYPED, "token": fresh}).status_code == 200
    assert len(tickets()) == 1


def test_what_comes_back_at_once_is_a_programs_and_a_person_sends_it_again(
    world: World, client: Client, form: ContactForm
) -> None:
    page = client.get(f"/embed/{form.key}").content.decode()
    (mark,) = re.findall(r'name="token" value="([^"]+)"', page)
    page = client.post(f"/embed/{form.key}", {**TYPED, "token": mark})
    assert page.status_code == 422 and "très vite" in page.content.decode()
    assert f'value="{mark}"' in page.content.decode(), "the same form may be sent again"
    assert tickets() == []


def test_a_program_that_fills_every_field_is_kept_out(world: World, client: Client, form: ContactForm) -> None:
    page = send(client, form, website="https://spam.example")
    assert page.status_code == 422 and "support@" in page.content.decode()
    assert tickets() == []


def test_one_address_can_send_it_only_so_often_and_all_together_too(
    world: World, client: Client, form: ContactForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BY_ONE_ADDRESS", 2)
    monkeypatch.setattr(limits, "ALTOGETHER", 3)
    answers = [send(client, form, text=f"Fois {n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "600" and "Fois 2" in answers[-1].content.decode()
    assert "frame-ancestors https://intranet" in answers[-1]["Content-Security-Policy"]
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    assert send(elsewhere, form, text="D'ailleurs").status_code == 200
    assert send(Client(REMOTE_ADDR="203.0.113.8"), form, text="Encore").status_code == 429
    with time_machine.travel(now() + timedelta(hours=2)):
        assert send(client, form, text="Plus tard").status_code == 200
    with everything():
        assert "203.0.113.7" not in str(list(FormTry.objects.values_list("sender")))


def test_tries_are_forgotten_after_a_day(world: World, client: Client, form: ContactForm) -> None:
    send(client, form)
    with time_machine.travel(now() + timedelta(days=2)):
        send(client, form, text="Après-demain")
    with everything():
        assert FormTry.objects.count() == 1


def test_a_body_that_is_too_large_is_not_read(world: World, client: Client, form: ContactForm) -> None:
    answer = client.post(f"/embed/{form.key}", TYPED, CONTENT_LENGTH=str(500 * 1024 * 1024))
    assert answer.status_code == 413 and "trop volumineux" in answer.content.decode()


def test_nobody_is_mailed_more_than_a_few_times_an_hour(world: World, client: Client, form: ContactForm) -> None:
    for n in range(12):
        send(client, form, email="victim@helvetia.example", text=f"Fois {n}")
    with everything():
        do_jobs()
        assert OutgoingMail.objects.filter(recipient="victim@helvetia.example").count() == 8
        assert MailAddress.objects.filter(email="victim@helvetia.example").count() == 1


# ── The desk makes it ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def adam(world: World, client: Client) -> Client:
    client.force_login(world.adam.account)
    return client


def test_an_administrator_makes_a_form_and_gets_the_lines_to_put_into_a_page(world: World, adam: Client) -> None:
    base = f"/desk/directory/organisations/{world.helvetia.pk}/contact-forms/"
    typed = {
        "name": "Intranet",
        "origins": f"{INTRANET.upper()}/\nhttps://wiki.helvetia.example:8443 {INTRANET}",
        "categories": [world.wifi.pk],
        "is_active": "on",
    }
    answer = adam.post(f"{base}new", typed)
    with everything():
        made = ContactForm.objects.get()
        assert list(made.categories.all()) == [world.wifi]
    assert made.origins == [INTRANET, "https://wiki.helvetia.example:8443"]
    assert made.made_by_id == world.adam.pk
    page = adam.get(answer["Location"]).content.decode()
    assert "&lt;iframe src=&quot;http" in page and made.key in page
    assert made.name in adam.get(f"/desk/directory/organisations/{world.helvetia.pk}/").content.decode()
    with everything():
        save_brand(world.helvetia, facts={"host": "aide.helvetia.example"}, seen=0, actor=world.as_(world.adam))
    assert "aide.helvetia.example" in adam.get(answer["Location"]).content.decode()
    assert Client().get(f"/embed/{made.key}", headers={"host": "aide.helvetia.example"}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["", "intranet", "https://", "ftp://x.example", "https://x.example/page", "https://x.example?a", "https://*.x.example",
     "https://a@x.example", "https://x.example:port", "https://x.example;script-src", "'self'", "https://x.example:99999"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(world: World, adam: Client, origin: str) -> None:
    url = f"/desk/directory/organisations/{world.helvetia.pk}/contact-forms/new"
    page = adam.post(url, {"name": "Intranet gardé", "origins": origin, "is_active": "on"})
    assert page.status_code == 422
    assert "Intranet gardé" in page.content.decode()
    with everything():
        assert not ContactForm.objects.exists()


def test_a_form_of_one_organisation_is_not_found_under_another(world: World, adam: Client, form: ContactForm) -> None:
    assert adam.get(f"/desk/directory/organisations/{world.rousseau.pk}/contact-forms/{form.pk}/").status_code == 404
