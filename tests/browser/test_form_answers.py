"""A form as it is filled in: by a requester in a hurry, and by a technician on the telephone."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from entraide.forms.field import Choice, Condition, Field
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def with_a_form(world: World) -> None:
    temporary = Condition("contract", ("temporary",))
    choices = (Choice("lasting", "Durée indéterminée"), Choice("temporary", "Durée déterminée"))
    with everything():
        version = world.form(
            "Arrivée",
            Field("who", "text", "Nom", is_required=True),
            Field("contract", "choice", "Contrat", is_required=True, choices=choices),
            Field("until", "date", "Jusqu’au", shown_if=temporary, required_if=temporary),
        )
        world.network.form, world.network.description_fr = version.form, "Pour qui arrive."
        world.network.save()


def test_a_requester_finds_it_in_the_catalogue_and_answers(world: World, desk: RunningDesk, page_of: Any) -> None:
    with_a_form(world)
    desk.start("web")
    page = page_of(world.alice, locale="fr-CH")
    page.goto(f"{desk.url}/")
    page.get_by_role("link", name="Catalogue").click()
    page.get_by_role("link", name=re.compile("Réseau")).click()
    page.fill("#subject", "Léa commence lundi")
    page.fill("#answer-who", "Léa Favre")
    expect(page.locator("[data-field=until]")).to_be_hidden()
    page.select_option("#answer-contract", "temporary")
    page.fill("#answer-until", "2027-01-31")
    page.click(".portal-new button.btn-primary")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    expect(page.locator(".portal-answers")).to_contain_text("31 janvier 2027")
    with everything():
        assert Ticket.objects.get().answers == {"who": "Léa Favre", "contract": "temporary", "until": "2027-01-31"}


def test_a_technician_opens_with_it_and_mends_an_answer(world: World, desk: RunningDesk, page_of: Any) -> None:
    with_a_form(world)
    desk.start("web")
    page = page_of(world.nadia, locale="fr-CH")
    page.goto(f"{desk.url}/desk/tickets/new?requester={world.alice.pk}")
    page.fill("#subject", "Arrivée de Léa")
    page.select_option("#category", label="Réseau")
    page.fill("#answer-who", "Léa")
    # Another category and back.
    page.select_option("#category", "")
    expect(page.locator("#answer-who")).to_have_count(0)
    page.select_option("#category", label="Réseau")
    page.fill("#answer-who", "Léa")
    page.select_option("#answer-contract", "lasting")
    page.click(".card-form .btn-primary")
    page.wait_for_selector("#answers")
    page.fill("#reply-text", "Je prépare son poste.")
    page.click(".answers-edit")
    page.fill("#answers #answer-who", "Léa Favre")
    # What is being written stays while the answers are changed.
    expect(page.locator("#reply-text")).to_have_value("Je prépare son poste.")
    page.click("#answers .btn-primary")
    expect(page.locator("#answers dl")).to_contain_text("Léa Favre")
    expect(page.locator("#timeline")).to_contain_text("Léa → Léa Favre")
    with everything():
        assert Ticket.objects.get().answers == {"who": "Léa Favre", "contract": "lasting"}


def test_answers_survive_a_closed_tab_and_go_with_the_request(world: World, desk: RunningDesk, page_of: Any) -> None:
    with_a_form(world)
    desk.start("web")
    page = page_of(world.alice, locale="fr-CH")
    page.goto(f"{desk.url}/tickets/new")
    page.fill("#subject", "Léa commence lundi")
    page.select_option("#category", label="Réseau")
    page.fill("#answer-who", "Léa Favre")
    page.select_option("#answer-contract", "temporary")
    page.fill("#answer-until", "2027-01-31")

    page.goto(f"{desk.url}/")
    page.goto(f"{desk.url}/tickets/new")
    expect(page.locator("#answer-until")).to_have_value("2027-01-31")
    expect(page.locator("#answer-until")).to_be_visible()
    expect(page.locator("#answer-who")).to_have_value("Léa Favre")
    expect(page.locator("#subject")).to_have_value("Léa commence lundi")
    page.click(".portal-new button.btn-primary")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    with everything():
        assert Ticket.objects.get().answers == {"who": "Léa Favre", "contract": "temporary", "until": "2027-01-31"}

    page.goto(f"{desk.url}/tickets/new")
    expect(page.locator("#subject")).to_have_value("")
    expect(page.locator("#category")).to_have_value("")
    expect(page.locator("#answer-who")).to_have_count(0)
