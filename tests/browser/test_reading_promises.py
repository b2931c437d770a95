"""From a ticket's clock to its agreement and its hours, as a technician reads them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.world import World, everything


@pytest.mark.parametrize("width", [1360, 390])
def test_a_technician_goes_from_a_clock_to_its_agreement_and_its_calendar(
    world: World, desk: RunningDesk, page_of: Any, width: int
) -> None:
    with everything():
        ticket = world.ticket()
    desk.start("web")
    nadia = page_of(world.nadia, viewport={"width": width, "height": 844})
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/clocks")
    main = nadia.locator("main")
    main.get_by_role("link", name=re.compile("Agreement “.*”, version 1")).click()
    expect(main.get_by_role("heading", level=1)).to_contain_text("version 1")
    main.locator(".promises-hours a").first.click()
    expect(nadia).to_have_url(re.compile(r"/desk/settings/calendars/\d+/versions/1/"))
    expect(main).to_contain_text("Monday")
    main.get_by_role("link", name="The calendar as it is now").click()
    expect(nadia).to_have_url(re.compile(r"/desk/settings/calendars/\d+/$"))
    main.locator(".calendar-aside a").first.click()
    expect(nadia).to_have_url(re.compile(r"/desk/settings/agreements/\d+/$"))
    expect(main.locator("button, form")).to_have_count(0)
    nadia.get_by_role("link", name="On call").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("On call")
    rail = nadia.locator("nav.rail")
    expect(rail.get_by_role("link", name="Promises")).to_have_attribute("aria-current", "page")
    expect(rail.get_by_role("link", name="Promises")).to_be_in_viewport(ratio=1)
    assert nadia.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the screen"
