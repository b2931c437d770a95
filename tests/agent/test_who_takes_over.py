"""Who accepts a handover, who takes a ticket, and to whom one may be given."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from entraide.people.models import Team
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(world.nadia.account)
    return client


def post(client: Client, ticket: Ticket, verb: str, **data: Any) -> Any:
    return client.post(f"/desk/tickets/{ticket.number}/{verb}", data)


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def handed_over(world: World) -> Ticket:
    ticket = world.ticket()
    with everything():
        actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
    return ticket


@pytest.mark.parametrize("verb", ["handover-acceptance", "handover-return", "ownership"])
def test_a_handover_is_not_answered_by_the_level_that_made_it(world: World, nadia: Client, verb: str) -> None:
    ticket = handed_over(world)
    answer = post(nadia, ticket, verb, reason="Non", instead_of="")
    assert answer.status_code == 422
    assert "Only somebody of N2" in answer.content.decode()
    assert fresh(ticket).awaits_acceptance
    page = nadia.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "handover-acceptance" not in page


@pytest.mark.parametrize("who", ["benoit", "carla"])
def test_a_handover_is_accepted_by_the_receiving_level_or_a_coordinator(world: World, client: Client, who: str) -> None:
    ticket = handed_over(world)
    client.force_login(getattr(world, who).account)
    assert "handover-acceptance" in client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert post(client, ticket, "handover-acceptance").status_code == 302
    assert fresh(ticket).assignee_id == getattr(world, who).pk


def test_a_technician_takes_nothing_from_above_their_level_and_is_told_what_to_do(world: World, nadia: Client) -> None:
    ticket = world.ticket(team=world.n2)
    answer = post(nadia, ticket, "ownership", instead_of="")
    assert answer.status_code == 422
    assert "above your own level" in answer.content.decode()
    assert fresh(ticket).assignee_id is None
    nadia.force_login(world.elena.account)
    assert post(nadia, ticket, "ownership", instead_of="").status_code == 302


def test_answering_a_ticket_from_above_ones_level_does_not_take_it(world: World, nadia: Client) -> None:
    above, own = world.ticket(team=world.n2), world.ticket()
    for ticket in (above, own):
        assert post(nadia, ticket, "replies", text="Nous regardons.").status_code == 302
    assert fresh(above).assignee_id is None
    assert fresh(own).assignee_id == world.nadia.pk


def test_a_coordinator_takes_at_any_level(world: World, client: Client) -> None:
    ticket = world.ticket(team=world.n3)
    client.force_login(world.carla.account)
    assert post(client, ticket, "ownership", instead_of="").status_code == 302


def test_choosing_a_person_of_another_team_chooses_that_team(world: World, nadia: Client) -> None:
    with everything():
        other = Team.objects.create(name="Terrain", level=1)
        hugo = world.add(world.lemanique, "Hugo Blanc", "technician", team=other)
    ticket = world.ticket()
    assert post(nadia, ticket, "assignment", team=world.n1.pk, assignee=hugo.pk).status_code == 302
    assert (fresh(ticket).team_id, fresh(ticket).assignee_id) == (other.pk, hugo.pk)


def test_a_person_of_several_teams_is_given_a_ticket_only_with_their_team(world: World, nadia: Client) -> None:
    with everything():
        hugo = world.add(world.lemanique, "Hugo Blanc", "technician")
        for name in ("Terrain", "Postes"):
            Team.objects.create(name=name, level=1).members.add(hugo)
    ticket = world.ticket()
    answer = post(nadia, ticket, "assignment", team=world.n1.pk, assignee=hugo.pk)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Postes, Terrain" in page
    assert f'value="{hugo.pk}" data-team' in page
    assert re.search(rf'value="{hugo.pk}" data-team="[0-9]+" selected', page)


def test_a_person_of_a_higher_level_only_receives_by_escalation(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    answer = post(nadia, ticket, "assignment", team=world.n1.pk, assignee=world.benoit.pk)
    assert answer.status_code == 422
    assert "by escalation" in answer.content.decode()
