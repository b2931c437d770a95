"""What those whom a major incident concerns read of it in the portal, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.tickets import actions
from entraide.tickets.links import url_for
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CALM = "An incident is in progress; we are working on it."


@pytest.fixture
def major(world: World) -> Ticket:
    with everything(), time_machine.travel(NINE, tick=False):
        ticket = world.ticket(impact=1, urgency=1)
        actions.declare_major(
            ticket, lead=world.elena, teams=[], contacts=[], text="Le réseau <b>de Genève</b> est coupé.",
            actor=world.as_(world.carla),
        )  # fmt: skip
    return ticket


def page_for(client: Client, person: Any, at: str = "/") -> str:
    client.force_login(person.account)
    page: str = client.get(at, headers={"Accept-Language": "en"}).content.decode()
    return page


def test_its_organisation_reads_the_public_words_and_when_they_were_said(
    world: World, client: Client, major: Ticket
) -> None:
    with time_machine.travel(NINE, tick=False) as traveller:
        with everything():
            traveller.shift(timedelta(minutes=20))
            actions.update_major(major, text="Deux étages de rétablis.", actor=world.as_(world.elena))
            # A message of the requester is no word of the desk.
            traveller.shift(timedelta(minutes=5))
            actions.answer(major, text="Merci", actor=world.as_(world.alice))
        traveller.shift(timedelta(minutes=5))
        for person in (world.alice, world.bob, world.claire):
            page = page_for(client, person)
            assert CALM in page and "Deux étages de rétablis." in page
            assert "Last update:" in page and ">10 min ago</time>" in page
        for person in (world.zoe, world.adam):
            assert CALM not in page_for(client, person)


def test_the_words_are_shown_as_words(world: World, client: Client, major: Ticket) -> None:
    assert "&lt;b&gt;de Genève&lt;/b&gt;" in page_for(client, world.bob)


def test_another_organisations_ticket_that_follows_shows_it_to_its_requester(
    world: World, client: Client, major: Ticket
) -> None:
    ticket = world.ticket(world.zoe)
    link = "/t/" + url_for(ticket.pk, world.zoe.pk, purpose="see").split("/t/")[1]
    assert CALM not in page_for(client, world.zoe, f"/tickets/{ticket.number}/")
    with everything():
        actions.follow(ticket, major=major, actor=world.as_(world.carla))
    assert CALM in page_for(client, world.zoe, f"/tickets/{ticket.number}/")
    # Behind a link from a mail, too, though nobody is signed in.
    client.logout()
    assert CALM in client.get(link, headers={"Accept-Language": "en"}).content.decode()


def test_it_goes_away_when_it_is_over(world: World, client: Client, major: Ticket) -> None:
    with everything():
        actions.resolve(major, code="solved", text="Rétabli.", actor=world.as_(world.elena))
    assert CALM not in page_for(client, world.bob)
