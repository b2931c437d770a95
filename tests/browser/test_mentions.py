"""Naming a colleague in a note by keyboard, and how the colleague hears of it."""

from __future__ import annotations

from typing import Any

from tests.browser.desk import RunningDesk
from tests.world import World


def test_a_colleague_named_in_a_note_hears_of_it_in_the_console_and_by_mail(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    ticket = world.ticket()
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    keyboard, field, offered = nadia.keyboard, nadia.locator("#note-text"), nadia.locator("#note-people [role=option]")
    keyboard.press("i")
    keyboard.type("Bonjour @")
    offered.get_by_text("Benoît Rey").wait_for()
    assert nadia.get_attribute("#note-text", "aria-activedescendant") is None
    keyboard.type("e")
    offered.get_by_text("Benoît Rey").wait_for(state="detached")
    assert offered.locator("b").all_inner_texts() == ["Elena Rossi", "Experts"]
    keyboard.press("ArrowDown")
    assert nadia.get_attribute("#note-text", "aria-activedescendant") == "note-people-1"
    keyboard.press("Escape")
    assert not nadia.locator("#note-people").is_visible() and field.input_value() == "Bonjour @e"
    keyboard.type("l")
    offered.get_by_text("Elena Rossi").wait_for()
    keyboard.press("Enter")
    keyboard.type("et @n2")
    offered.get_by_text("Systèmes").wait_for()
    offered.get_by_text("Systèmes").click()
    keyboard.type(": avis ?")
    assert field.input_value() == "Bonjour @Elena Rossi et @Systèmes : avis ?"
    assert not nadia.locator("#note-people").is_visible()
    keyboard.press("Enter")
    keyboard.type("Merci")
    keyboard.press("Control+Enter")
    note = nadia.locator(".entry-note")
    note.wait_for()
    assert note.locator(".mention").all_inner_texts() == ["@Elena Rossi", "@Systèmes"]
    assert "Elena Rossi now follows the ticket" in note.inner_text()
    for colleague in (world.elena, world.benoit):
        words = desk.inboxes.wait_for(world.email(colleague), 1).get_body(("plain",))
        assert words is not None and "avis ?\nMerci" in words.get_content()

    elena = page_of(world.elena)
    elena.goto(f"{desk.url}/desk/notifications/")
    elena.get_by_text("Nadia Keller named you in a note.").wait_for()


def test_on_a_phone_the_list_stays_within_the_page(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket()
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.set_viewport_size({"width": 390, "height": 800})
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    nadia.click("#tab-notes")
    nadia.fill("#note-text", "")
    nadia.focus("#note-text")
    nadia.keyboard.type("Voir avec @")
    first = nadia.locator("#note-people [role=option]").first
    first.wait_for()
    box = nadia.locator("#note-people").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    first.click()
    assert nadia.input_value("#note-text").startswith("Voir avec @Benoît Rey")
