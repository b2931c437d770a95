"""An administrator gives a client's portal its look; its people find it under their own host name."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.portal.pictures import png
from tests.world import PASSWORD, World

# Browsers know that such names are this machine.
HOST = "aide.localhost"


def test_a_look_is_seen_before_it_is_saved_and_then_under_the_clients_own_name(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    desk.start("web")
    page = page_of(world.adam, locale="fr-CH")
    page.goto(f"{desk.url}/desk/directory/organisations/{world.helvetia.pk}/")
    page.get_by_role("link", name="Apparence du portail").click()
    page.fill("#id_name", "Informatique d’Helvetia")
    page.locator("#id_accent").press_sequentially("#a3123f")
    button = page.locator(".brand-light .brand-button")
    expect(button).to_have_css("background-color", "rgb(163, 18, 63)")
    expect(page.locator(".brand-dark .brand-button")).not_to_have_css("background-color", "rgb(163, 18, 63)")
    expect(page.locator(".brand-light strong")).to_have_text("Informatique d’Helvetia")
    page.set_input_files("#id_logo", {"name": "logo.png", "mimeType": "image/png", "buffer": png(120, 40)})
    page.fill("#id_host", HOST)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".told")).to_contain_text("Enregistré")
    assert page.locator(".brand-light img").evaluate("image => image.naturalWidth") == 120

    there = desk.url.replace("127.0.0.1", HOST)
    visitor = page_of(None, locale="fr-CH")
    visitor.goto(f"{there}/tickets/")
    expect(visitor).to_have_url(re.compile(rf"^{re.escape(there)}/account/login/"))
    expect(visitor.locator(".portal-brand")).to_have_text("Informatique d’Helvetia")
    expect(visitor.locator("main button.btn-primary")).to_have_css("background-color", "rgb(163, 18, 63)")
    visitor.fill("#id_login", "alice@helvetia.example")
    visitor.fill("#id_password", PASSWORD)
    visitor.click("main form button.btn-primary")
    expect(visitor).to_have_url(f"{there}/tickets/")
    visitor.goto(f"{there}/tickets/new")
    visitor.fill("#subject", "Plus de son")
    visitor.click(".portal-new button.btn-primary")
    expect(visitor).to_have_url(re.compile(rf"^{re.escape(there)}/tickets/\d+/$"))
    # The desk has none of its pages there.
    assert visitor.goto(f"{there}/desk/").status == 404
