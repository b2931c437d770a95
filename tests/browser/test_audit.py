"""Somebody makes a ticket confidential; others do not find it any more; and who looked into it is read in the audit."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.world import World


def test_a_confidential_ticket_disappears_for_others_and_each_look_stands_in_the_audit(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    ticket = world.ticket(subject="Departure of a director")
    desk.start("web")
    nadia, benoit, sofia = page_of(world.nadia), page_of(world.benoit), page_of(world.sofia)
    benoit.goto(f"{desk.url}/desk/?view=all")
    expect(benoit.get_by_role("link", name="Departure of a director")).to_have_count(1)
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    nadia.keyboard.press("Control+k")
    nadia.keyboard.type("confidential")
    nadia.keyboard.press("Enter")
    expect(nadia.locator("#marks .confidential-mark")).to_have_text("Confidential")
    benoit.goto(f"{desk.url}/desk/?view=all")
    expect(benoit.get_by_role("link", name="Departure of a director")).to_have_count(0)
    # Who answers for the desk finds it, and lifts it.
    sofia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    sofia.get_by_role("link", name="Audit").click()
    sofia.select_option("#act", "viewed")
    sofia.fill("#about", ticket.reference)
    sofia.get_by_role("button", name="Show").click()
    rows = sofia.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Sofia Blanc")
    expect(rows.last).to_contain_text("Nadia Keller")
    with sofia.expect_download() as taken:
        sofia.get_by_role("link", name="CSV").click()
    assert ticket.reference in taken.value.path().read_text()
    sofia.goto(f"{desk.url}/desk/audit/?act=exported")
    expect(sofia.locator("tbody tr").first).to_contain_text("Sofia Blanc")
    sofia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    sofia.get_by_role("button", name="Lift the confidentiality").click()
    expect(sofia.locator("#marks .confidential-mark")).to_have_count(0)
