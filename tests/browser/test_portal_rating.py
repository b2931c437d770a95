"""From "it is solved" to a mark and a word, by keyboard alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from entraide.tickets import actions
from entraide.tickets.links import url_for
from entraide.tickets.models import Rating
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_after_confirming_by_a_link_one_says_how_it_went_and_thinks_it_over(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    with everything():
        ticket = world.ticket()
        actions.resolve(ticket, code="solved", text="Toner changé.", actor=world.as_(world.nadia))
    desk.start("web")
    page = page_of(None, locale="fr-CH")
    page.goto(desk.url + "/t/" + url_for(ticket.pk, world.alice.pk, purpose="confirm").split("/t/")[1])
    page.locator(".portal-confirm button.btn-success").press("Enter")
    expect(page.get_by_role("heading", name="Comment cela s’est-il passé")).to_be_visible()
    page.locator('input[name="mark"][value="5"]').focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.type("Merci bien")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Vous nous avez donné 4 sur 5")).to_be_visible()
    page.locator(".portal-rating summary").press("Enter")
    page.locator('input[name="mark"][value="5"]').check()
    page.locator(".portal-rating button.btn-primary").click()
    expect(page.get_by_role("heading", name="Vous nous avez donné 5 sur 5")).to_be_visible()
    with everything():
        (said,) = Rating.objects.all()
        assert (said.mark, said.words) == (5, "Merci bien")
