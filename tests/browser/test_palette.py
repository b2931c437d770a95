"""The desk by keyboard alone: the palette goes, finds and does; keys stay quiet while one types."""

from __future__ import annotations

from typing import Any

from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_a_technician_finds_a_ticket_takes_it_and_answers_without_the_mouse(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    ticket = world.ticket(subject="Réseau coupé à l'étage")
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/")
    nadia.wait_for_selector("body[data-live=yes]")
    keyboard = nadia.keyboard

    keyboard.press("Control+k")
    keyboard.type("reseau coupe")
    option = nadia.locator("#palette").get_by_role("option", name="Réseau coupé à l'étage")
    option.wait_for()
    assert option.get_attribute("aria-selected") == "true"
    assert nadia.locator("#palette-q").get_attribute("aria-activedescendant") == option.get_attribute("id")
    keyboard.press("Enter")
    nadia.wait_for_url(f"**/tickets/{ticket.number}/")
    nadia.wait_for_selector("body[data-live=yes]")

    keyboard.press("Control+k")
    keyboard.type("take")
    assert nadia.locator("#palette [role=option]").first.inner_text().startswith("Take")
    keyboard.press("Enter")
    nadia.locator("#facts .person").get_by_text("Nadia Keller").wait_for()
    nadia.wait_for_selector("body[data-live=yes]")

    # A letter is a command only while nothing is being written.
    keyboard.press("r")
    assert nadia.evaluate("document.activeElement.id") == "reply-text"
    keyboard.type("Bonjour, je regarde ? i j n")
    assert nadia.input_value("#reply-text") == "Bonjour, je regarde ? i j n"
    assert not nadia.locator("#keys").is_visible()
    keyboard.press("Control+Enter")
    nadia.locator(".entry-desk").get_by_text("je regarde").wait_for()
    nadia.wait_for_selector("body[data-live=yes]")

    keyboard.press("Control+k")
    keyboard.type("assign to nils")
    keyboard.press("Enter")
    nadia.locator("#facts .person").get_by_text("Nils Favre").wait_for()
    nadia.wait_for_selector("body[data-live=yes]")
    with everything():
        ticket.refresh_from_db()
    assert ticket.assignee_id == world.nils.pk

    keyboard.press("?")
    nadia.get_by_role("dialog", name="Keys").wait_for()
    keyboard.press("Escape")
    keyboard.press("Control+k")
    nadia.get_by_role("dialog", name="Commands, tickets, people").wait_for()
    keyboard.press("Escape")
    assert not nadia.locator("#palette").is_visible()
