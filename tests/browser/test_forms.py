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


def test_neither_typing_on_nor_publishing_waits_for_a_preview(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    page = page_of(world.adam)
    page.goto(f"{desk.url}/desk/settings/forms/new")
    page.fill("#name", "Départ")
    page.select_option("#add_kind", "text")
    page.click("#add-field")
    label = page.locator("[data-row]").last.get_by_label("Label in French")
    expect(label).to_be_focused()
    # No answer comes any more: the second asks instead of the first, and the sending instead of the second.
    never_answered: list[Any] = []
    page.route("**/settings/forms/preview", lambda route: never_answered.append(route))
    for words in ("Dernier", "Dernier jour"):
        with page.expect_request("**/settings/forms/preview"):
            label.fill(words)
    page.click("button[name=publish]:visible")
    page.get_by_text("Published: version 1").wait_for()
    assert len(never_answered) >= 2
