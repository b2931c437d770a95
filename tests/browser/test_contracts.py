"""Contracts as people use them: a client contact reads theirs, a manager finds the contact by typing a name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from entraide.contracts.models import Contract
from tests.browser.desk import RunningDesk
from tests.world import World, everything

MONEY = {"price": Decimal("1250.00"), "currency": "CHF", "price_period": "month"}


def test_a_client_contact_finds_what_was_agreed_from_the_first_page(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    world.contract(name="Infogérance Helvetia", ends_on=date(2099, 12, 31), notice_days=90, renewal_months=12, **MONEY)
    world.contract(world.rousseau, name="Celui des autres")
    desk.start("web")
    page = page_of(world.claire, viewport={"width": 390, "height": 844})
    page.goto(desk.url)
    page.get_by_role("link", name="Contracts").click()
    page.get_by_role("heading", name="Contracts of my organisation").wait_for()
    shown = page.inner_text("main")
    for words in ("Infogérance Helvetia", "in force", "until 31 December 2099", "so by 2 October 2099", "250.00"):
        assert words in shown, words
    assert "Celui des autres" not in shown


def test_a_manager_finds_the_contact_by_typing_and_keeps_them_while_looking_on(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    contract = world.contract(ends_on=date(2099, 12, 31))
    desk.start("web")
    page = page_of(world.marc)
    page.goto(f"{desk.url}/desk/contracts/{contract.pk}/fields")
    page.get_by_label("Contact of the client").fill("perr")
    claire = page.get_by_role("radio", name="Claire Perret")
    claire.focus()
    page.keyboard.press("Space")
    page.get_by_label("Contact of the client").fill("zoé")
    page.get_by_text("Nobody like this in this organisation.").wait_for()
    assert claire.is_checked(), "whoever is chosen stays while one looks for others"
    page.get_by_label("Contact of the client").fill("alice")
    page.get_by_role("radio", name="Alice Martin").wait_for()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/desk/contracts/{contract.pk}/")
    with everything():
        assert Contract.objects.get().contact == world.claire
