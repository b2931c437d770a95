"""What must not be kept, as people take it out: a password by the eraser beside its message, a person by their page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from entraide.core.events import ERASED
from entraide.people.models import Person
from entraide.tickets import actions
from tests.browser.desk import RunningDesk
from tests.browser.test_merging import go
from tests.world import World, everything


@pytest.mark.timeout(180)
def test_a_password_is_taken_out_and_a_person_erased(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket(text="Mon mot de passe est Tournesol 42, merci.")
    with everything():
        actions.reply(ticket, text="Changez Tournesol 42 aussitôt.", actor=world.as_(world.nadia))
    desk.start("web", "jobs")
    sofia = page_of(world.sofia)
    go(sofia, desk, ticket)
    first = sofia.locator("#timeline .entry").first
    first.hover()
    first.get_by_role("link", name="Take out what must not be kept").click()
    sofia.get_by_label("The words that must go").fill("Tournesol 42")
    sofia.get_by_label("Why").first.fill("A password")
    sofia.get_by_role("button", name="See where they stand").click()
    expect(sofia.get_by_role("status")).to_contain_text("They stand in 2 entries")
    sofia.get_by_role("button", name="Take them out for good").click()
    expect(sofia.locator("#timeline")).to_contain_text("took a passage out of 2 entries: A password")
    expect(sofia.locator("#timeline")).to_contain_text(f"Changez {ERASED} aussitôt.")
    expect(sofia.locator("body")).not_to_contain_text("Tournesol")

    # While her ticket is open, Alice cannot be erased, and the page says which one.
    sofia.goto(f"{desk.url}/desk/directory/people/{world.alice.pk}/")
    sofia.get_by_role("link", name="What is kept").click()
    expect(sofia.locator(".alert-warning")).to_contain_text(ticket.reference)
    with everything():
        actions.resolve(ticket, code="solved", text="Changé.", actor=world.as_(world.nadia))
        actions.close(ticket, actor=world.as_(world.carla))
    sofia.reload()
    with sofia.expect_download() as got:
        sofia.get_by_role("button", name="Download the copy").click()
    assert got.value.suggested_filename == "alice-martin.zip"
    sofia.get_by_label("Why").fill("Own wish")
    sofia.get_by_label("Type “Alice Martin”").fill("Alice")
    sofia.get_by_role("button", name="Erase for good").click()
    expect(sofia.get_by_role("alert")).to_contain_text("exactly")
    sofia.get_by_label("Type “Alice Martin”").fill("Alice Martin")
    sofia.get_by_role("button", name="Erase for good").click()
    expect(sofia.locator("main")).to_contain_text("can no longer sign in")

    def is_done() -> bool:
        sofia.reload()
        return "What was kept of them is erased" in sofia.locator("main").inner_text()

    for _time in range(60):
        if is_done():
            break
        sofia.wait_for_timeout(500)
    with everything():
        assert Person.objects.get(pk=world.alice.pk).name == ERASED
    go(sofia, desk, ticket)
    expect(sofia.locator("body")).not_to_contain_text("Alice")
