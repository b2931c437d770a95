"""A requester is helped from the question to the mark, in the portal and by hand; and looks after one's own data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from entraide.people.models import Person
from entraide.tickets import actions, approving
from entraide.tickets.models import Approval, Rating, Ticket
from tests.browser.desk import RunningDesk
from tests.world import World, everything

PICTURE = {"name": "ecran.txt", "mimeType": "text/plain", "buffer": b"noir"}


@pytest.mark.timeout(180)
def test_from_the_question_to_the_mark(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    alice = page_of(world.alice, locale="fr-CH")
    alice.goto(desk.url)
    expect(alice.locator("#question")).to_be_focused()
    alice.keyboard.type("Plus de réseau au bureau")
    alice.locator("#suggestions").get_by_role("link", name="Réseau").click()
    expect(alice.locator("#subject")).to_have_value("Plus de réseau au bureau")
    expect(alice.locator("#category")).to_have_value(str(world.network.pk))
    alice.fill("#text", "Depuis ce matin.")
    alice.get_by_label("Cela me gêne").check()
    alice.set_input_files("#attachments", [PICTURE])
    alice.get_by_role("button", name="Envoyer la demande").click()
    alice.wait_for_url(re.compile(r"/tickets/\d+/$"))
    expect(alice.get_by_role("link", name="ecran.txt")).to_be_visible()

    # Asked again, the portal remembers.
    alice.goto(desk.url)
    alice.keyboard.type("réseau")
    alice.locator("#suggestions").get_by_role("link", name="Plus de réseau au bureau").click()
    alice.wait_for_url(re.compile(r"/tickets/\d+/$"))
    with everything():
        ticket = Ticket.objects.get()
        actions.reply(ticket, text="Quelle prise ?", actor=world.as_(world.nadia))
    # The answer appears by itself, before anything is loaded anew.
    expect(alice.locator("#conversation")).to_contain_text("Quelle prise ?")
    alice.fill("#text", "La prise 12.")
    alice.set_input_files("#attachments", [{**PICTURE, "name": "prise.txt"}])
    alice.locator(".portal-answer").get_by_role("button", name="Envoyer").click()
    expect(alice.get_by_role("link", name="prise.txt")).to_be_visible()

    with everything():
        actions.resolve(ticket, code="solved", text="Prise changée.", actor=world.as_(world.nadia))
    alice.get_by_role("link", name="Mes demandes").first.click()
    alice.locator(".portal-list").get_by_role("link", name="Plus de réseau").click()
    alice.locator(".portal-confirm summary").click()
    alice.fill("#reopen-text", "Pas chez Bob.")
    alice.locator(".portal-confirm form[action$=reopening] button").click()
    expect(alice.locator("#conversation")).to_contain_text("Pas chez Bob.")
    with everything():
        again = Ticket.objects.get()
        actions.resolve(again, code="solved", text="Chez Bob aussi.", actor=world.as_(world.nadia))
    alice.locator(".portal-confirm button.btn-success").click()
    expect(alice.locator(".portal-status-closed")).to_be_visible()
    alice.locator('input[name="mark"][value="5"]').check()
    alice.fill("#rating-words", "Vite fait.")
    alice.locator(".portal-rating button.btn-primary").click()
    expect(alice.get_by_role("heading", name="Vous nous avez donné 5 sur 5")).to_be_visible()
    with everything():
        done = Ticket.objects.get()
        assert (done.status, done.reopenings, Rating.objects.get().words) == ("closed", 1, "Vite fait.")


@pytest.mark.timeout(180)
def test_a_contact_approves_without_a_mail_and_changes_her_own_data(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    with everything():
        ticket = world.ticket(subject="Écran cassé")
        approving.ask(
            ticket, question="Un écran à 420 CHF ?", people=[world.claire], rule="one", actor=world.as_(world.nadia)
        )
    desk.start("web")
    claire = page_of(world.claire, locale="fr-CH")
    claire.goto(desk.url)
    claire.locator(".portal-nav").get_by_role("link", name="Accords").click()
    claire.get_by_role("link", name="Un écran à 420 CHF ?").click()
    claire.get_by_role("button", name="Refuser").click()
    expect(claire.get_by_role("alert")).to_contain_text("pourquoi vous refusez")
    claire.get_by_role("button", name="Approuver").click()
    expect(claire.locator("#answered")).to_contain_text("Vous avez approuvé.")
    claire.locator(".portal-back").click()
    expect(claire.locator(".portal-approval-state")).to_have_count(1)

    claire.locator(".portal-menu summary").click()
    claire.get_by_role("link", name="Mes données").click()
    claire.fill("#id_phone", "12")
    claire.get_by_role("button", name="Enregistrer").click()
    expect(claire.get_by_role("alert").first).to_be_visible()
    expect(claire.locator("#id_phone")).to_have_value("12")
    claire.fill("#id_phone", "022 555 01 01")
    claire.select_option("#id_language", "en")
    claire.get_by_role("button", name="Enregistrer").click()
    expect(claire.get_by_role("heading", name="My data")).to_be_visible()
    expect(claire.locator("#id_phone")).to_have_value("+41 22 555 01 01")
    with everything():
        assert Approval.objects.get().state == "approved"
        assert Person.objects.get(pk=world.claire.pk).language == "en"
