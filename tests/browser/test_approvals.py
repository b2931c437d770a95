"""An approval from end to end: the desk asks, the contact decides behind the link of the real mail, the desk sees it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from entraide.tickets import actions
from entraide.tickets.models import Approval, Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_the_desk_asks_and_the_contact_answers_from_the_mail(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket(subject="Écran cassé", text="Mon écran est cassé.")
    with everything():
        actions.take(ticket, actor=world.as_(world.nadia))
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    nadia.wait_for_selector("body[data-live=yes]")
    nadia.locator("#ask-approval > summary").click()
    nadia.fill("#approval-question", "Un écran à 420 CHF ?")
    nadia.get_by_label("Claire Perret").check()
    nadia.locator("#ask-approval form").get_by_role("button", name="Ask").click()
    expect(nadia.locator("#approvals .mark-awaited")).to_be_visible()
    expect(nadia.locator("#marks .next")).to_contain_text("Approval")
    nadia.wait_for_selector("body[data-live=yes]")

    mail = desk.inboxes.wait_for("claire@helvetia.example", 1)
    part: Any = mail.get_body(("plain",))
    found = re.search(r"\S+/a/\S+", part.get_content())
    assert found and "Un écran à 420 CHF ?" in part.get_content()

    # Claire has no account at hand: a telephone, and the link.
    claire = page_of(None, viewport={"width": 390, "height": 780})
    claire.goto(found.group(0))
    expect(claire.locator("h1")).to_have_text("Êtes-vous d’accord ?")
    with everything():
        assert Approval.objects.get().is_open, "opening the link decides nothing"
    claire.get_by_role("button", name="Refuser").click()
    expect(claire.get_by_role("alert")).to_contain_text("pourquoi vous refusez")
    claire.fill("#decision-text", "D'accord, sur notre budget.")
    claire.get_by_role("button", name="Approuver").click()
    expect(claire.locator("#answered")).to_contain_text("Vous avez approuvé.")

    # It appears by itself on Nadia's page, and the work goes on.
    expect(nadia.locator("#approvals .approval.is-approved")).to_contain_text("D'accord, sur notre budget.")
    expect(nadia.locator("#timeline .entry-approval").last).to_contain_text("approved what was asked")
    expect(nadia.locator("#marks .state")).to_have_text("In progress")
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).status == "in_progress"
