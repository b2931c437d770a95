"""A major incident from its declaration in the browser to its closing, with real mails to those whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest

from entraide.channels.email.models import OutgoingMail
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.browser.test_main_job import text_of
from tests.world import World, everything


@pytest.fixture
def p1(world: World) -> Ticket:
    with everything():
        return world.ticket(subject="Plus de réseau", impact=1, urgency=1)


def test_a_major_incident_is_declared_followed_resolved_reviewed_and_closed(
    world: World, desk: RunningDesk, page_of: Any, p1: Ticket
) -> None:
    with everything():
        struck = world.ticket(world.zoe, subject="No network in Carouge", channel="phone")
    desk.start("web", "jobs")

    # Carla declares it; Elena, who leads, is told, and so is Claire, the contact of the client.
    carla = page_of(world.carla)
    carla.goto(f"{desk.url}/desk/tickets/{p1.number}/")
    carla.click("text=Declare a major incident")
    carla.select_option("#major-lead", label="Elena Rossi")
    carla.locator(".major-form").get_by_label("Claire Perret").check()
    carla.fill("#major-rhythm", "often")
    carla.fill("#major-text", "Le réseau est coupé à Genève.")
    carla.click(".major-form .btn-primary")
    # What was typed wrong is said beside the form, and the rest is still there.
    carla.locator(".major-form .alert").get_by_text("is not a duration").wait_for()
    assert carla.input_value("#major-text") == "Le réseau est coupé à Genève."
    carla.fill("#major-rhythm", "30 min")
    carla.click(".major-form .btn-primary")
    carla.locator(".major-text").get_by_text("Le réseau est coupé à Genève.").wait_for()
    carla.locator(".major-due").get_by_text("Next update:").wait_for()
    lead = desk.inboxes.wait_for(world.email(world.elena), 1)
    assert "Le réseau est coupé à Genève." in text_of(lead)
    contact = desk.inboxes.wait_for(world.email(world.claire), 1)
    assert "Le réseau est coupé à Genève." in text_of(contact)

    # Benoît, who has the ticket open, sees each update as it comes.
    benoit = page_of(world.benoit)
    benoit.goto(f"{desk.url}/desk/tickets/{p1.number}/")
    benoit.wait_for_selector("body[data-live=yes]")

    # Zoé's ticket follows; what is published next reaches her by mail, and the portal says it to Bob.
    carla.fill("#major-numbers", str(struck.number))
    carla.click(".major-linked .inline-form .btn")
    carla.locator(".major-linked").get_by_text("No network in Carouge").wait_for()
    carla.fill("#major-update-text", "Deux étages sont rétablis.")
    carla.click("text=Publish the update")
    carla.locator(".major-text").get_by_text("Deux étages sont rétablis.").wait_for()
    benoit.locator(".major-text").get_by_text("Deux étages sont rétablis.").wait_for()
    told = wait_for_words(desk, world.email(world.zoe), "Deux étages sont rétablis.")
    assert "[ENT-" in str(told["Subject"])
    bob = page_of(world.bob)
    bob.goto(f"{desk.url}/")
    bob.locator(".portal-major").get_by_text("Deux étages sont rétablis.").wait_for()

    # It is resolved, and what follows with it; it cannot be closed before its review.
    carla.click("#tab-resolution")
    carla.fill("#resolution-text", "Commutateur remplacé.")
    carla.click("#panel-resolution .btn-success")
    carla.locator("#review").get_by_text("cannot be closed before the review").wait_for()
    wait_for_words(desk, world.email(world.zoe), "Commutateur remplacé.")
    carla.click("text=Close without waiting")
    carla.locator(".box .alert").get_by_text("review").wait_for()
    carla.fill("#review-happened", "Le commutateur principal s'est arrêté.")
    carla.fill("#review-why", "Son alimentation était usée.")
    carla.fill("#review-changes", "Une alimentation de réserve sur place.")
    carla.click("text=Save the review")
    carla.locator("#review dd").get_by_text("Son alimentation était usée.").wait_for()
    carla.click("text=Close without waiting")
    carla.locator("#marks .state-closed").wait_for()
    carla.locator("#review dd").get_by_text("Une alimentation de réserve sur place.").wait_for()
    assert carla.locator("#review form").count() == 0

    with everything():
        closed, resolved = Ticket.objects.get(pk=p1.pk), Ticket.objects.get(pk=struck.pk)
        assert (closed.status, resolved.status) == ("closed", "resolved")
        assert closed.replayed().columns() == closed.columns()
        sent = [mail.message_id for mail in OutgoingMail.objects.all()]
    arrived = [mail["Message-ID"] for mail in desk.inboxes.mails]
    assert len(arrived) == len(set(arrived)) and set(arrived) <= set(sent), "each mail left once"


def wait_for_words(desk: RunningDesk, address: str, words: str) -> Any:
    """Return the first mail to this address that has `words`, as soon as it is there."""
    n = 1
    while words not in text_of(mail := desk.inboxes.wait_for(address, n)):
        n += 1
    return mail
