"""A supplier is written to from a ticket and answers by real mail; the requester learns nothing of it."""

from __future__ import annotations

from typing import Any

from tests.browser.desk import RunningDesk
from tests.world import World


def test_a_supplier_is_asked_from_a_ticket_answers_by_mail_and_the_requester_sees_none_of_it(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    ticket = world.ticket()
    desk.start("web", "jobs", "mail")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    nadia.click("#take button")
    nadia.locator("#facts .person").get_by_text("Nadia Keller").wait_for()

    nadia.keyboard.press("o")
    nadia.fill("#outside-to", "HP <hotline@hp.example>")
    nadia.fill("#outside-subject", "Driver of the HP 4050")
    nadia.fill("#outside-text", "Version 4.1 blocks. Is there a newer one?")
    nadia.select_option("#outside-hold", "third_party")
    nadia.locator("#panel-third_parties button.btn-primary").click()
    nadia.locator(".entry-outside").wait_for()
    assert "Third party; the requester does not see this" in nadia.inner_text(".entry-outside")
    nadia.locator("#marks").get_by_text("Waiting").wait_for()
    mail = desk.inboxes.wait_for("hotline@hp.example", 1)
    assert "alice" not in mail.as_string().lower() and f"[ENT-{ticket.number}-" in str(mail["Subject"])

    # The answer arrives by itself on the open page, and the ticket goes on.
    desk.deliver(
        "HP Hotline <hotline@hp.example>", str(mail["Reply-To"]), f"RE: {mail['Subject']}", "Yes, 4.2 is out.",
        In_Reply_To=str(mail["Message-ID"]),
    )  # fmt: skip
    answer = nadia.locator(".entry-outside").nth(1)
    answer.get_by_text("Yes, 4.2 is out.").wait_for()
    nadia.locator("#marks").get_by_text("In progress").wait_for()
    assert "HP Hotline" in answer.inner_text()
    nadia.locator("#third-parties").get_by_text("they answered").wait_for()

    answer.get_by_role("link", name="Write to them").click()
    nadia.locator(".outside-so-far").get_by_text("Yes, 4.2 is out.").wait_for()
    assert nadia.input_value("#outside-to") == "hotline@hp.example"
    nadia.fill("#outside-text", "Thank you.")
    nadia.keyboard.press("Control+Enter")
    nadia.locator(".entry-outside").nth(2).wait_for()
    second = desk.inboxes.wait_for("hotline@hp.example", 2)
    assert str(mail["Message-ID"]) in str(second["References"]) and second["Reply-To"] == mail["Reply-To"]

    # Another question: the address is offered; an address of another client asks first.
    nadia.locator("#third-parties").get_by_role("link", name="Driver of the HP 4050").click()
    nadia.get_by_role("link", name="Write about something else").click()
    assert nadia.locator("#panel-third_parties [name=remembered]").get_attribute("value") == "hotline@hp.example"
    nadia.fill("#outside-to", "zoe@rousseau.example")
    nadia.fill("#outside-subject", "Price")
    nadia.fill("#outside-text", "What does it cost?")
    nadia.locator("#panel-third_parties button.btn-primary").click()
    nadia.get_by_text("zoe@rousseau.example belongs to Atelier Rousseau, not to Helvetia Fiduciaire.").wait_for()
    nadia.get_by_role("button", name="Send all the same").wait_for()
    assert nadia.input_value("#outside-text") == "What does it cost?"

    alice = page_of(world.alice)
    alice.goto(f"{desk.url}/tickets/{ticket.number}/")
    alice.get_by_text("L'imprimante du 2e étage n'imprime plus.").wait_for()
    page = alice.content()
    assert "hp.example" not in page and "4.2 is out" not in page and "Driver" not in page
    assert not [each for each in desk.inboxes.to(world.email(world.alice)) if "4.2" in each.as_string()]
