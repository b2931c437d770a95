"""What belongs to one person at the desk: a draft that waits, who follows, a macro and a template of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.browser.test_merging import go
from tests.world import World, everything


@pytest.mark.timeout(180)
def test_a_closed_tab_loses_nothing_and_followers_come_and_go(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket()
    desk.start("web")
    nadia = page_of(world.nadia)
    go(nadia, desk, ticket)
    nadia.keyboard.press("r")
    nadia.keyboard.type("Bonjour, quel est le modèle ?")
    context = nadia.context
    nadia.close()
    nadia = context.new_page()
    go(nadia, desk, ticket)
    expect(nadia.locator("#reply-text")).to_have_value("Bonjour, quel est le modèle ?")
    nadia.locator("#reply-text").focus()
    nadia.keyboard.press("Control+Enter")
    expect(nadia.locator(".entry-desk")).to_contain_text("quel est le modèle ?")
    expect(nadia.locator("#reply-text")).to_have_value("")
    nadia.wait_for_selector("body[data-live=yes]")

    followers = nadia.locator("section.facts").filter(has=nadia.locator("#follow"))
    nadia.keyboard.press("f")
    expect(followers.locator(".others li")).to_contain_text("Nadia Keller")
    nadia.wait_for_selector("body[data-live=yes]")
    nadia.fill("#watch-email", world.email(world.bob))
    nadia.keyboard.press("Enter")
    expect(followers.locator(".others li")).to_have_count(2)
    nadia.get_by_role("button", name="Remove Bob Girard").click()
    expect(followers.locator(".others li")).to_have_count(1)
    nadia.wait_for_selector("body[data-live=yes]")
    nadia.keyboard.press("f")
    expect(followers.locator(".others li")).to_have_text(["nobody"])
    with everything():
        assert Ticket.objects.get().watcher_ids == []


def make_macro(page: Any, desk: RunningDesk, name: str, place: str) -> None:
    page.goto(f"{desk.url}/desk/macros/new")
    page.fill("#id_name", name)
    page.select_option("#id_place", place)
    page.fill("#id_text_fr", f"{name}.")
    page.locator("#macro-form .panel-foot .btn-primary").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


@pytest.mark.timeout(180)
def test_a_macro_is_ones_own_the_teams_or_everybodys_and_a_template_opens_a_ticket(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    ticket = world.ticket()
    desk.start("web")
    carla = page_of(world.carla)
    make_macro(carla, desk, "Pour tous", "all")
    carla.goto(f"{desk.url}/desk/ticket-templates/new")
    carla.fill("#id_name", "Arrivée")
    carla.fill("#id_subject", "Préparer un poste")
    carla.fill("#id_text", "1. Commander")
    carla.locator(".panel-foot .btn-primary").click()
    expect(carla.get_by_role("link", name="Arrivée", exact=True)).to_be_visible()

    nadia = page_of(world.nadia)
    make_macro(nadia, desk, "À moi", "owner")
    make_macro(nadia, desk, "Accueil seulement", f"team:{world.n1.pk}")
    go(nadia, desk, ticket)
    nadia.keyboard.press("m")
    expect(nadia.locator("#macros li button")).to_have_count(3)

    # A colleague of the team has two of them, somebody of another team one.
    for person, names in ((world.nils, ["Accueil seulement", "Pour tous"]), (world.benoit, ["Pour tous"])):
        page = page_of(person)
        go(page, desk, ticket)
        page.keyboard.press("m")
        expect(page.locator("#macros li button")).to_have_count(len(names))
        for name in names:
            expect(page.locator("#macros li button", has_text=name)).to_be_visible()

    carla.keyboard.press("n")
    carla.wait_for_url("**/tickets/new")
    carla.select_option("#template", label="Arrivée")
    expect(carla.locator("#subject")).to_have_value("Préparer un poste")
    expect(carla.locator("#text")).to_have_value("1. Commander")
