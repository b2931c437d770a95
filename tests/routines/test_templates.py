"""Templates of tickets: what a new ticket begins with."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from entraide.routines.models import TicketTemplate
from entraide.routines.prefill import prefilled
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.force_login(world.nadia.account)
    return client


@pytest.fixture
def arrival(world: World) -> TicketTemplate:
    return TicketTemplate.objects.create(
        name="Arrivée", subject="Arrivée du {{ month }}", text="Nom :", kind="request", category=world.wifi, impact=2, urgency=3,
        to_team=world.n2, tags=["arrivée", "badge"],
    )  # fmt: skip


def test_the_page_of_a_new_ticket_is_filled_by_its_address_and_by_choice(
    world: World, nadia: Client, arrival: TicketTemplate
) -> None:
    page = nadia.get(f"/desk/tickets/new?template={arrival.pk}").content.decode()
    assert 'value="Arrivée d' in page and ">Nom :</textarea>" in page and "arrivée, badge" in page
    facts = nadia.get(f"/desk/ticket-templates/{arrival.pk}/facts").json()
    assert (facts["kind"], facts["team"], facts["urgency"]) == ("request", str(world.n2.pk), "3")


def test_what_the_template_says_becomes_the_ticket(world: World, nadia: Client, arrival: TicketTemplate) -> None:
    facts = nadia.get(f"/desk/ticket-templates/{arrival.pk}/facts").json()
    answer = nadia.post(
        "/desk/tickets/new", {"requester": world.alice.pk, "channel": "phone", "mode": "remote", **facts}
    )
    assert answer.status_code == 302
    with everything():
        ticket = Ticket.objects.get()
    assert (ticket.team_id, ticket.level, ticket.category_id) == (world.n2.pk, 2, world.wifi.pk)
    assert ticket.tags == ["arrivée", "badge"] and ticket.kind == "request"


def test_words_of_the_day_are_filled(arrival: TicketTemplate) -> None:
    arrival.text = "Semaine {{ week }}, {{ today }}"
    words = prefilled(arrival, on=date(2026, 3, 2))
    assert (words.subject, words.text) == ("Arrivée du mars 2026", "Semaine 10, 2 mars 2026")


def test_one_for_one_organisation_is_not_offered_for_another(
    world: World, nadia: Client, arrival: TicketTemplate
) -> None:
    TicketTemplate.objects.filter(pk=arrival.pk).update(for_organisation=world.helvetia)
    name = f'<option value="{arrival.pk}"'
    assert name in nadia.get(f"/desk/tickets/new?requester={world.alice.pk}").content.decode()
    assert name not in nadia.get(f"/desk/tickets/new?requester={world.zoe.pk}").content.decode()


def form(**facts: Any) -> dict[str, Any]:
    return {"name": "T", "place": "owner", "subject": "Sujet", "kind": "request", "impact": "3", "urgency": "2", "is_active": "on", **facts}  # fmt: skip


def test_a_technician_makes_their_own_and_shares_with_the_team_but_not_with_everybody(
    world: World, nadia: Client
) -> None:
    assert nadia.post("/desk/ticket-templates/new", form(place="all")).status_code == 422
    assert nadia.post("/desk/ticket-templates/new", form(place=f"team:{world.n1.pk}", tags="A,a,b")).status_code == 302
    made = TicketTemplate.objects.get()
    assert (made.team_id, made.tags, made.changed_by_id) == (world.n1.pk, ["a", "b"], world.nadia.pk)
    benoit = Client()
    benoit.force_login(world.benoit.account)
    assert benoit.get(f"/desk/ticket-templates/{made.pk}/").status_code == 404


@pytest.mark.parametrize("facts", [{"subject": ""}, {"kind": "x"}, {"text": "{{ requester.name }}"}, {"impact": "9"}])
def test_what_makes_no_sense_is_refused(world: World, nadia: Client, facts: dict[str, str]) -> None:
    assert nadia.post("/desk/ticket-templates/new", form(**facts)).status_code == 422
    assert not TicketTemplate.objects.exists()


def test_one_that_a_recurring_ticket_needs_is_not_deleted(world: World, nadia: Client, arrival: TicketTemplate) -> None:
    from entraide.routines.models import RecurringTicket

    with everything():
        RecurringTicket.objects.create(
            name="R", template=arrival, organisation=world.helvetia, requester=world.alice, starts_on=date(2026, 1, 1)
        )
    carla = Client()
    carla.force_login(world.carla.account)
    assert carla.post(f"/desk/ticket-templates/{arrival.pk}/", {"delete": "yes"}).status_code == 302
    assert TicketTemplate.objects.filter(pk=arrival.pk).exists()
