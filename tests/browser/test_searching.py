"""The search field by keyboard: operators and names are completed, the help writes, what is wrong is said."""

from __future__ import annotations

from typing import Any

from tests.browser.desk import RunningDesk
from tests.world import World


def test_a_technician_composes_a_search_by_keyboard_and_is_told_what_cannot_be_read(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    ticket = world.ticket(subject="Imprimante du hall")
    other = world.ticket(world.zoe, subject="Coupure")
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/")
    keyboard, offered = nadia.keyboard, nadia.locator("#completions [role=option]")

    keyboard.press("/")
    keyboard.type("org")
    offered.get_by_text("org:", exact=True).wait_for()
    keyboard.press("ArrowDown")
    assert nadia.get_attribute("#q", "aria-activedescendant") == "completion-0"
    keyboard.press("Enter")
    offered.get_by_text("Helvetia Fiduciaire").wait_for()
    keyboard.type("helv")
    offered.get_by_text("Atelier Rousseau").wait_for(state="detached")
    keyboard.press("Tab")
    assert nadia.input_value("#q") == 'org:"Helvetia Fiduciaire" '
    nadia.locator(f"#t{other.number}").wait_for(state="detached")
    nadia.locator(f"#t{ticket.number}").wait_for()
    # Words typed into no view are looked for in all tickets, and the page says so.
    nadia.locator("#list-title").get_by_text("All tickets", exact=True).wait_for()
    nadia.locator("#views [aria-current=page]").get_by_text("All tickets").wait_for()
    nadia.wait_for_url(lambda url: "Helvetia" in url)

    # Escape closes what is offered and leaves the field as it is; French names are understood.
    keyboard.type("nivea")
    offered.get_by_text("level:").wait_for()
    keyboard.press("Escape")
    assert not nadia.locator("#completions").is_visible()
    assert nadia.evaluate("document.activeElement.id") == "q"
    keyboard.type("u:N7")
    nadia.locator("#search-said").get_by_text("“level:” cannot be “N7”. Possible: N1, N2, N3.").wait_for()

    nadia.locator("#search-help summary").press("Enter")
    nadia.locator("#search-help").get_by_role("button", name="has: what it holds").press("Enter")
    assert nadia.input_value("#q").endswith("N7 has:")
    offered.get_by_text("attachment", exact=True).wait_for()
    keyboard.press("Escape")
    nadia.locator("#search-help summary").press("Enter")
    nadia.locator("#search-help button").first.focus()
    keyboard.press("Escape")
    assert nadia.evaluate("document.activeElement.tagName") == "SUMMARY"

    # A name mistyped: the one that was meant is a click away, and the filters stay as they are.
    nadia.goto(f"{desk.url}/desk/?view=open&q=client:helvetai")
    nadia.locator("#search-said").get_by_role("link", name="Helvetia Fiduciaire").click()
    nadia.locator(f"#t{ticket.number}").wait_for()
    assert nadia.input_value("#q") == 'client:"Helvetia Fiduciaire"'
    assert "view=open" in nadia.url
    nadia.locator("#search-said ul").wait_for(state="detached")
