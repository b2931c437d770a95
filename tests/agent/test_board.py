"""The coordinator's board: what was done with a card is said, and can be taken back while nobody went on with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def carla(world: World, client: Client) -> Client:
    client.force_login(world.carla.account)
    return client


def where(ticket: Ticket) -> tuple[Any, Any]:
    with everything():
        found = Ticket.objects.get(pk=ticket.pk)
        return found.team_id, found.assignee_id


def test_giving_a_card_is_said_and_can_be_taken_back(world: World, carla: Client) -> None:
    ticket = world.ticket(team=world.n1)
    before = where(ticket)
    address = f"/desk/board/{ticket.number}/assignment"
    page = carla.post(address, {"assignee": world.nadia.pk}).content.decode()
    assert (
        f"{ticket.reference} est maintenant chez Nadia Keller" in page
        and f'name="given_to" value="{world.nadia.pk}"' in page
    )
    assert where(ticket) == (world.n1.pk, world.nadia.pk)
    carla.post(address, {"back_to_team": before[0], "assignee": before[1] or "", "given_to": world.nadia.pk})
    assert where(ticket) == before


def test_going_to_another_level_is_said(world: World, carla: Client) -> None:
    ticket = world.ticket(team=world.n2)
    page = carla.post(f"/desk/board/{ticket.number}/assignment", {"assignee": world.nadia.pk}).content.decode()
    assert "Il est passé de N2 à N1." in page
    page = carla.post(
        f"/desk/board/{ticket.number}/assignment",
        {"back_to_team": world.n2.pk, "assignee": "", "given_to": world.nadia.pk},
    )
    assert page.status_code == 200 and where(ticket) == (world.n2.pk, None)


def test_what_went_on_meanwhile_is_not_taken_back(world: World, carla: Client) -> None:
    ticket = world.ticket(team=world.n1)
    address = f"/desk/board/{ticket.number}/assignment"
    carla.post(address, {"assignee": world.nadia.pk})
    with everything():
        found = Ticket.objects.get(pk=ticket.pk)
        actions.assign(found, team=world.n1, assignee=world.nils, actor=world.as_(world.carla))
    page = carla.post(address, {"back_to_team": world.n1.pk, "assignee": "", "given_to": world.nadia.pk})
    assert "Il a avancé entre-temps" in page.content.decode() and where(ticket)[1] == world.nils.pk
