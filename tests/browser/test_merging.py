"""Two tickets about one thing, and one ticket about two, at the keyboard; and what mail does meanwhile."""

from __future__ import annotations

import re
from typing import Any

from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.browser.test_main_job import SUPPORT
from tests.world import World, everything


def go(page: Any, desk: RunningDesk, ticket: Ticket) -> None:
    page.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    page.wait_for_selector("body[data-live=yes]")


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def test_two_tickets_are_merged_by_keyboard_and_apart_again_and_mail_lands_where_it_goes_on(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    bob = world.email(world.bob)
    with everything():
        first = world.ticket(subject="Panne à l'étage", text="Plus de réseau")
    desk.start("web", "jobs", "mail")
    desk.deliver(bob, SUPPORT, "Réseau coupé", "Chez moi aussi.")
    receipt = desk.inboxes.wait_for(bob, 1)
    with everything():
        second = Ticket.objects.get(subject="Réseau coupé")

    # Typed words find the other ticket, the first one found is chosen, Enter merges.
    nadia = page_of(world.nadia)
    go(nadia, desk, second)
    nadia.keyboard.press("g")
    nadia.wait_for_function("() => document.activeElement.id === 'merger-words'")
    nadia.keyboard.type("panne")
    nadia.locator("#merger-found input:checked").wait_for()
    nadia.keyboard.press("Enter")
    nadia.locator("#merged-title").get_by_text(first.reference).wait_for()
    assert (fresh(second).status, fresh(second).merged_into_id) == ("closed", first.pk)

    # Its requester is told, and answers both mails as ever; the desk reads it in the other ticket.
    told = desk.inboxes.wait_for(bob, 2)
    assert first.reference in told.get_body(("plain",)).get_content()
    desk.deliver(
        bob, str(receipt["Reply-To"]), f"Re: {receipt['Subject']}", "Toujours rien à 10 h.",
        In_Reply_To=str(receipt["Message-ID"]), References=str(receipt["Message-ID"]),
    )  # fmt: skip
    go(nadia, desk, first)
    nadia.locator(".entry-requester").get_by_text("Toujours rien à 10 h.").wait_for()
    nadia.locator(f"#t{second.number}e1").get_by_text("Chez moi aussi.").wait_for()

    # In the portal his request leads to the one where it goes on.
    his = page_of(world.bob)
    his.goto(f"{desk.url}/tickets/{second.number}/")
    his.get_by_role("heading", name="Panne à l'étage").wait_for()
    his.get_by_text("Toujours rien à 10 h.").wait_for()

    # The palette undoes it.
    go(nadia, desk, second)
    nadia.keyboard.press("Control+k")
    nadia.keyboard.type("undo the merge")
    nadia.keyboard.press("Enter")
    nadia.locator("#merged-title").wait_for(state="detached")
    assert (fresh(second).status, fresh(second).merged_into_id) == ("new", None)
    assert world.bob.pk not in fresh(first).watcher_ids


def test_one_message_becomes_a_ticket_of_its_own_by_keyboard(world: World, desk: RunningDesk, page_of: Any) -> None:
    from entraide.tickets import actions

    with everything():
        ticket = world.ticket(subject="Imprimante")
        actions.answer(ticket, text="Et mon badge ne marche plus.", actor=world.as_(world.alice))
    desk.start("web")
    nadia = page_of(world.nadia)
    go(nadia, desk, ticket)
    nadia.keyboard.press("Control+k")
    nadia.keyboard.type("split off")
    nadia.keyboard.press("Enter")
    nadia.wait_for_function("() => document.activeElement.id === 'split-subject'")
    nadia.keyboard.type("Badge")
    nadia.get_by_role("checkbox", name=re.compile("Et mon badge")).focus()
    nadia.keyboard.press("Space")
    nadia.keyboard.press("Enter")
    nadia.locator(".ties").get_by_role("link", name=re.compile("Badge")).click()
    nadia.get_by_role("heading", name="Badge").first.wait_for()
    nadia.locator(".entry-body").get_by_text("Et mon badge ne marche plus.").wait_for()
    with everything():
        assert Ticket.objects.get(subject="Badge").requester_id == world.alice.pk
