"""A technician puts a list together, keeps it as a view, and a colleague finds it beside theirs."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.world import World


def test_a_list_is_put_together_kept_shared_and_found_again(world: World, desk: RunningDesk, page_of: Any) -> None:
    ours, theirs = world.ticket(world.alice), world.ticket(world.zoe)
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/")
    keyboard = nadia.keyboard

    # Groups and a filter; the address says so, and nothing is loaded anew.
    nadia.locator(".more-filters summary").press("Enter")
    nadia.select_option("#f-group", "organisation")
    expect(nadia.locator(".group-head")).to_have_count(2)
    nadia.select_option("#f-organisation", label="Atelier Rousseau")
    expect(nadia.locator(f"#t{ours.number}")).to_have_count(0)
    expect(nadia.locator(".group-head")).to_have_text(["Atelier Rousseau 1"])

    # Columns and density are chosen on the page and hold at once, for every list.
    nadia.locator("#look summary").press("Enter")
    nadia.get_by_label("Site", exact=True).check()
    expect(nadia.locator("th.c-site")).to_be_visible()
    expect(nadia.locator("#look")).to_have_attribute("open", "")
    nadia.get_by_label("close together").check()
    expect(nadia.locator("table.tickets")).to_have_class("tickets is-compact")
    keyboard.press("Escape")
    expect(nadia.locator("#look form")).to_be_hidden()
    expect(nadia.locator("#look summary")).to_be_focused()

    # Kept by one key, for the team.
    keyboard.press("v")
    expect(nadia.locator("#id_save-name")).to_be_focused()
    keyboard.type("Rousseau")
    nadia.select_option("#id_save-place", label=f"the team {world.n1.name}")
    nadia.get_by_label("with the columns that I see").check()
    nadia.get_by_role("button", name="Save the view").click()
    expect(nadia.locator("#list-title")).to_have_text("Rousseau")
    beside = nadia.locator("#views a", has_text="Rousseau")
    expect(beside).to_have_attribute("aria-current", "page")
    expect(beside.locator("b")).to_have_text("1")

    # What is changed is marked, and becomes what the view shows.
    nadia.select_option("#f-group", "level")
    expect(nadia.locator("#list-title")).to_contain_text("changed")
    nadia.locator("#saving summary").click()
    nadia.get_by_role("button", name="Let it show this").click()
    expect(nadia.locator(".group-head")).to_have_text(["N1 1"])
    expect(nadia.locator("#list-title")).to_have_text("Rousseau")

    # A colleague of the team finds it by the palette, with its columns, on a telephone too.
    nils = page_of(world.nils, viewport={"width": 390, "height": 844})
    nils.goto(f"{desk.url}/desk/")
    nils.keyboard.press("Control+k")
    nils.keyboard.type("rouss")
    nils.locator("[role=option]", has_text="Rousseau").filter(has_text="View").click()
    expect(nils.locator("#list-title")).to_have_text("Rousseau")
    expect(nils.locator(f"#t{theirs.number} .c-site")).to_be_visible()
    # What arrives is offered, for only the list itself knows its group.
    fresh = world.ticket(world.zoe)
    nils.locator("#arrived").click()
    expect(nils.locator(f"#t{fresh.number}")).to_be_visible()
    expect(nils.locator(".group-head")).to_have_text(["N1 2"])
