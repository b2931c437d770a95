"""Macros as a technician uses them: with the keyboard alone; a template and a recurring ticket as one makes them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from entraide.routines.models import Macro, RecurringTicket, TicketTemplate
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything


def test_one_key_finds_the_macro_and_one_sending_does_all_of_it(world: World, desk: RunningDesk, page_of: Any) -> None:
    Macro.objects.create(
        name="Compte déverrouillé",
        text_fr="Bonjour {{ requester.first_name }}, c'est débloqué.",
        resolution_code="solved",
    )
    Macro.objects.create(
        name="Demander une capture",
        text_fr="Une capture, {{ requester.first_name }} ?",
        hold_reason="requester",
        assigns="me",
    )
    ticket = world.ticket()
    desk.start("web")
    page = page_of(world.nadia)
    page.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    page.keyboard.press("m")
    page.locator("#macros li button").nth(1).wait_for()
    page.keyboard.type("capture")
    assert page.locator("#macros li:not([hidden])").count() == 1
    page.keyboard.press("Enter")
    page.locator("[data-chosen]").wait_for()
    assert page.input_value("#reply-text") == "Une capture, Alice ?"
    assert "put the ticket on hold" in page.inner_text("[data-chosen]")
    with everything():
        assert ticket.timeline().count() == 1, "nothing is done before it is sent"
    page.keyboard.type(" Merci !")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Une capture, Alice ? Merci !").first.wait_for()
    with everything():
        after = Ticket.objects.get(pk=ticket.pk)
    assert (after.status, after.assignee_id) == ("waiting", world.nadia.pk)


def test_without_the_macro_only_the_words_go(world: World, desk: RunningDesk, page_of: Any) -> None:
    Macro.objects.create(name="Débloqué", text_fr="C'est débloqué.", resolution_code="solved")
    ticket = world.ticket()
    desk.start("web")
    page = page_of(world.nadia)
    page.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    page.click("#panel-replies [data-macros]")
    page.locator("#macros li button").first.click()
    page.click("[data-macro-away]")
    page.click("#panel-replies button.btn-primary")
    page.locator("#timeline").get_by_text("C'est débloqué.").wait_for()
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).status == "in_progress"


def test_the_editor_puts_variables_by_click_and_shows_them_on_a_real_ticket(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    world.ticket()
    desk.start("web")
    page = page_of(world.nadia)
    page.goto(f"{desk.url}/desk/macros/new")
    page.fill("#id_name", "Merci")
    page.fill("#id_text_fr", "Merci ")
    page.click("[data-variable='requester.first_name']")
    assert page.input_value("#id_text_fr") == "Merci {{ requester.first_name }}"
    page.locator("#preview .macro-said").get_by_text("Merci Alice").wait_for()
    page.click("#macro-form .panel-foot .btn-primary")
    page.get_by_role("link", name="Merci").wait_for()


def test_a_template_fills_the_new_ticket_and_a_schedule_shows_its_dates(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    made = TicketTemplate.objects.create(name="Revue", subject="Revue des comptes", text="1. Lister", impact=2)
    desk.start("web")
    page = page_of(world.carla)
    page.goto(f"{desk.url}/desk/tickets/new")
    page.fill("#text", "Elle appelle de Nyon.")
    page.select_option("#template", str(made.pk))
    expect(page.locator("#subject")).to_have_value("Revue des comptes")
    assert page.input_value("#text") == "Elle appelle de Nyon.\n\n1. Lister"
    page.goto(f"{desk.url}/desk/recurring/new")
    page.fill("#id_name", "Revue")
    page.select_option("#id_template", str(made.pk))
    page.fill("#who", "Alice")
    page.get_by_text("Alice Martin").first.click()
    page.select_option("#id_unit", "week")
    page.get_by_label(re.compile("Wednesday")).first.check()
    expect(page.locator(".recurring-dates li")).to_have_text([re.compile("Wednesday")] * 5)
    page.click("#recurring-form .panel-foot .btn-primary")
    page.get_by_role("link", name="Revue").wait_for()
    with everything():
        assert RecurringTicket.objects.get().requester_id == world.alice.pk
