"""What people typed in the portal: kept through a change of language, and sent once however often it is sent."""

from __future__ import annotations

import re
from typing import Any

from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_changing_the_language_keeps_what_was_typed(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    page = page_of(world.alice, locale="fr-CH")
    page.goto(f"{desk.url}/tickets/new")
    page.fill("#subject", "Plus de son")
    page.fill("#text", "Depuis hier")
    page.click(".portal-menu summary")
    page.click("button[lang=en]")
    page.wait_for_selector("button[lang=fr]", state="attached")
    assert page.input_value("#subject") == "Plus de son"
    assert page.input_value("#text") == "Depuis hier"


def test_after_sending_back_does_not_offer_the_same_words_again(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    page = page_of(world.alice, locale="fr-CH")
    page.goto(f"{desk.url}/tickets/new")
    page.fill("#subject", "Plus de son")
    page.fill("#text", "Depuis hier")
    page.click(".portal-new button.btn-primary")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    first = page.url
    page.go_back()
    page.wait_for_selector("#subject")
    # The browser may ask for the form anew; then it is an empty one, not the words with another key.
    assert page.input_value("#subject") == page.input_value("#text") == ""
    page.goto(first)
    page.fill("#text", "Encore ceci")
    page.click(".portal-answer button.btn-primary")
    page.wait_for_selector(".portal-message:nth-of-type(2)")
    page.go_back()
    page.wait_for_selector("#text")
    assert page.input_value("#text") == ""
    with everything():
        assert Ticket.objects.count() == 1
        assert Ticket.objects.get().timeline().count() == 2
