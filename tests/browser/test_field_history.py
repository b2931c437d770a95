"""Somebody asks who made a ticket a P1, and finds out."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from entraide.tickets import actions
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_who_changed_the_priority_is_found_from_the_ticket(world: World, desk: RunningDesk, page_of: Any) -> None:
    with everything():
        ticket = world.ticket()
        actions.set_priority(ticket, priority=1, reason="Direction", actor=world.as_(world.carla))
        actions.take(ticket, actor=world.as_(world.nadia))
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    nadia.keyboard.press("Control+k")
    nadia.keyboard.type("history")
    nadia.keyboard.press("Enter")
    expect(nadia.locator(".field-changes li")).to_have_count(3)
    nadia.get_by_role("link", name="Priority", exact=True).click()
    expect(nadia.locator(".field-changes li")).to_have_count(2)
    expect(nadia.locator(".field-changes li").first).to_contain_text("P1")
    expect(nadia.locator(".field-changes li").first).to_contain_text(world.carla.name)
    expect(nadia.locator("#field")).to_have_value("priority")
    # From the change to the entry that made it.
    nadia.get_by_role("link", name=world.carla.name).first.click()
    expect(nadia.locator("#e2")).to_be_visible()
