"""Two technicians in one ticket see one another, and an answer that crosses another is said before it is sent."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from entraide.tickets import actions
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_two_in_one_ticket_see_each_other_until_one_closes_it(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket()
    desk.start("web")
    address = f"{desk.url}/desk/tickets/{ticket.number}/"
    nadia, nils, carla = page_of(world.nadia), page_of(world.nils), page_of(world.carla)
    carla.goto(f"{desk.url}/desk/")
    nadia.goto(address)
    nadia.wait_for_selector("body[data-live=yes]")
    nils.goto(address)
    nadia.get_by_text("Nils Favre is looking at this ticket").wait_for()

    nils.fill("#reply-text", "Bonjour Alice,")
    nadia.get_by_text("Nils Favre is writing an answer").wait_for()
    nils.get_by_text("Nadia Keller is looking at this ticket").wait_for()
    mark = carla.locator(f"#t{ticket.number} .in-it")
    mark.get_by_text("Nils Favre is writing an answer").wait_for()

    # Nadia answers first: Nils is told while he still writes, not when he sends.
    nadia.fill("#reply-text", "Je m'en occupe.")
    nadia.keyboard.press("Control+Enter")
    nadia.locator(".entry-desk").get_by_text("Je m'en occupe.").wait_for()
    notice = nils.locator("#arrived-here")
    notice.get_by_text("A message arrived while you were writing").wait_for()
    nils.locator(".entry-desk").get_by_text("Je m'en occupe.").wait_for()
    assert nils.input_value("#reply-text") == "Bonjour Alice,"

    # A tab that cannot say farewell any more is gone within half a minute all the same.
    nils.close()
    expect(nadia.locator("#present")).not_to_contain_text("Nils", timeout=31_000)
    expect(carla.locator(".in-it", has_text="Nils")).to_have_count(0, timeout=31_000)


def test_a_note_of_a_colleague_asks_nothing_of_whoever_writes(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket()
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    nadia.wait_for_selector("body[data-live=yes]")
    nadia.fill("#reply-text", "Bonjour")
    with everything():
        actions.note(ticket, text="Toner vérifié.", actor=world.as_(world.nils))
    nadia.locator(".entry-note").get_by_text("Toner vérifié.").wait_for()
    assert nadia.locator("#arrived-here").inner_text() == ""
