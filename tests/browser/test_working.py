"""Time spent, as a technician logs it between two calls: by the keyboard, with the timer in view wherever they go."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from entraide.tickets.models import Ticket, Work
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_the_timer_follows_through_the_desk_and_fills_the_entry(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket()
    desk.start("web")
    page = page_of(world.nadia)
    page.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    page.fill("#reply-text", "Je regarde.")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("#work .work-clock")).to_have_text(re.compile(r"00:0[1-9]"))
    expect(page.locator("#reply-text")).to_have_value("Je regarde.")
    page.goto(f"{desk.url}/desk/directory/")
    expect(page.locator(".rail-timer .rail-clock")).to_have_text(re.compile(r"00:\d\d"))
    page.click(".rail-timer")
    page.wait_for_url(f"**/desk/tickets/{ticket.number}/#work")
    page.wait_for_selector("body[data-live=yes]")
    page.keyboard.press("c")
    expect(page.locator("#timer")).to_have_text(re.compile("Go on"))
    expect(page.locator("#work-minutes")).to_have_value("1 min")
    page.keyboard.press("w")
    page.keyboard.press("Tab")
    page.keyboard.type("Pilote relancé")
    page.keyboard.press("Enter")
    expect(page.locator("#work-title .count")).to_have_text("1 min")
    expect(page.locator("#work .work-clock")).to_have_count(0)
    page.locator("#work .work-log summary").click()
    page.get_by_role("button", name=re.compile("Take back 1 min")).click()
    expect(page.locator("#work-title .count")).to_have_count(0)
    with everything():
        assert Work.objects.get().is_withdrawn
        assert Ticket.objects.get(pk=ticket.pk).worked_minutes == 0
