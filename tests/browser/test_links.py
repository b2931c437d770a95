"""Tickets that belong together, as a technician ties them: by one key and words, taken off again, followed up by the palette."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.browser.test_merging import go
from tests.world import World, everything


def link(page: Any, relation: str, words: str) -> None:
    """Press the key, choose what the other ticket is, type what one remembers of it, and Enter."""
    page.keyboard.press("l")
    expect(page.locator("#relations-words")).to_be_focused()
    page.select_option("#relation", label=relation)
    page.locator("#relations-words").focus()
    page.keyboard.type(words)
    expect(page.locator("#relations-found input:checked")).to_have_count(1)
    page.keyboard.press("Enter")


@pytest.mark.timeout(180)
def test_tickets_are_linked_by_key_taken_off_and_followed_up(world: World, desk: RunningDesk, page_of: Any) -> None:
    one = world.ticket(subject="Imprimante muette")
    cause = world.ticket(world.bob, subject="Serveur arrêté")
    world.ticket(world.bob, subject="Plus de papier")
    same = world.ticket(subject="Rien ne sort")
    with everything():
        actions.resolve(same, code="solved", text="Relancé.", actor=world.as_(world.nadia))
        actions.close(same, actor=world.as_(world.carla))
    desk.start("web")
    nadia = page_of(world.nadia)
    go(nadia, desk, one)
    tie = nadia.locator("#links .ties li")

    link(nadia, "Caused by", "serveur")
    expect(tie).to_have_count(1)
    expect(tie).to_contain_text("Caused by")
    expect(nadia.locator("#timeline")).to_contain_text(f"noted that {cause.reference} is the cause of this ticket")

    # The other one says the other half; from there one is back by a click.
    tie.get_by_role("link", name="Serveur arrêté").click()
    expect(nadia.locator("h1").first).to_contain_text("Serveur arrêté")
    expect(tie).to_contain_text("Causes")
    tie.get_by_role("link", name="Imprimante muette").click()
    nadia.wait_for_url(f"**/tickets/{one.number}/**")
    nadia.wait_for_selector("body[data-live=yes]")

    # A second link with the same ticket is refused in words that say what to do.
    link(nadia, "Parent", str(cause.number))
    expect(nadia.get_by_role("alert")).to_contain_text("Remove that link first.")
    nadia.get_by_role("button", name=f"Remove the link to {cause.reference}").click()
    expect(tie).to_have_count(0)
    nadia.wait_for_selector("body[data-live=yes]")
    link(nadia, "Parent", "serveur")
    expect(tie).to_contain_text("Parent")
    nadia.wait_for_selector("body[data-live=yes]")
    link(nadia, "Duplicate of", str(same.number))
    expect(tie).to_have_count(2)
    expect(tie.last).to_contain_text("Duplicate of")

    # A closed ticket goes on in a new one, by the palette.
    tie.get_by_role("link", name="Rien ne sort").click()
    nadia.wait_for_url(f"**/tickets/{same.number}/**")
    nadia.wait_for_selector("body[data-live=yes]")
    nadia.keyboard.press("Control+k")
    nadia.keyboard.type("follow-up ticket")
    nadia.keyboard.press("Enter")
    expect(nadia.locator("#follow-up-text")).to_be_focused()
    nadia.keyboard.type("Cela recommence.")
    nadia.keyboard.press("Control+Enter")
    expect(tie.filter(has_text="Follow-up of")).to_have_count(1)
    with everything():
        after = Ticket.objects.latest("pk")
        assert (after.requester_id, after.description) == (world.alice.pk, "Cela recommence.")
        assert {code for code, _pk, _n in Ticket.objects.get(pk=one.pk).links} == {"parent", "duplicate_of"}
