"""The contact of an organisation finds a colleague's request and answers it, by keyboard."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_the_contact_finds_a_colleagues_request_and_answers_it(world: World, desk: RunningDesk, page_of: Any) -> None:
    with everything():
        world.ticket(world.alice, subject="Imprimante")
        ticket = world.ticket(world.bob, subject="Écran noir")
    desk.start("web")
    page = page_of(world.claire, locale="fr-CH")
    page.goto(desk.url)
    page.get_by_role("link", name="Mon organisation").click()
    expect(page.locator(".portal-list-subject")).to_have_count(2)
    page.locator("#who").fill("girard")
    page.locator("#who").press("Enter")
    expect(page.locator(".portal-list-subject")).to_have_text(["Écran noir"])
    page.locator(".portal-list a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/tickets/{ticket.number}/$"))
    page.fill("#text", "Il est garanti.")
    page.locator(".portal-answer button.btn-primary").click()
    expect(page.locator(".portal-message")).to_have_count(2)
    page.locator(".portal-back").click()
    expect(page).to_have_url(re.compile("/organisation/$"))
