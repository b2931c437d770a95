"""Forms as people use them: an administrator makes one with the keyboard, a requester finds and fills it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from entraide.forms.models import Form
from tests.browser.desk import RunningDesk
from tests.world import World


def test_a_form_is_made_arranged_tried_and_published(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    page = page_of(world.adam)
    page.goto(f"{desk.url}/desk/settings/forms/new")
    page.fill("#name", "Arrivée")
    for kind, label in (("choice", "Contrat"), ("date", "Jusqu’au"), ("text", "Nom")):
        page.select_option("#add_kind", kind)
        page.click("#add-field")
        row = page.locator("[data-row]").last
        expect(row.get_by_label("Label in French")).to_be_focused()
        page.keyboard.type(label)
    page.fill("#f0-choices", "Durée indéterminée\nDurée déterminée")
    page.locator("#f1-shown_field").evaluate("each => each.closest('details').open = true")
    # The kinds and conditions show their own settings as soon as they are chosen.
    page.locator("#f1-shown_field option", has_text="Contrat").wait_for(state="attached")
    page.select_option("#f1-shown_field", "contrat")
    page.get_by_role("group", name="is one of these").get_by_label("Durée déterminée", exact=True).check()
    # The last field comes first, with the keyboard alone.
    page.focus("#f2-up")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator("[data-row] strong").all_inner_texts()[0] in ("Nom", "New field")
    preview = page.locator("#preview")
    expect(preview.get_by_label("Contrat")).to_be_visible()
    expect(preview.locator("[data-field=jusquau]")).to_be_hidden()
    preview.get_by_label("Contrat").select_option(label="Durée déterminée")
    expect(preview.locator("[data-field=jusquau]")).to_be_visible()
    page.click("button[name=publish]:visible")
    page.get_by_text("Published: version 1").wait_for()
    version = Form.objects.get(name="Arrivée").current
    assert version is not None
    assert [each.code for each in version.fields] == ["nom", "contrat", "jusquau"]
