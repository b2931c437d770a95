"""Which agreement holds for a place: the answer for one ticket and the one for all tickets are the same."""

from __future__ import annotations

import random
from typing import Any

import pytest

from entraide.people.models import Organisation, Site
from entraide.sla.models import Agreement, AgreementAssignment
from entraide.sla.plans import agreement_for
from entraide.tickets.models import Ticket
from entraide.tickets.retargeting_jobs import _covered_by
from tests.world import World, everything

pytestmark = pytest.mark.django_db
SEEDS = range(25)


@pytest.fixture
def tickets(world: World) -> list[Ticket]:
    """A ticket of each place there is: two organisations, each with two sites, and outside of any site."""
    with everything():
        made = []
        for organisation, requester in ((world.helvetia, world.alice), (world.rousseau, world.zoe)):
            Site.objects.create(organisation=organisation, name="Annexe")
            for site in (None, *Site.objects.filter(organisation=organisation)):
                made.append(world.ticket(requester, site_id=site.pk if site else None))
        return made


@pytest.mark.parametrize("seed", SEEDS)
def test_one_ticket_and_all_tickets_are_asked_with_the_same_answer(tickets: list[Ticket], seed: int) -> None:
    with everything():
        assign_at_random(random.Random(seed))
        agreements = list(Agreement.objects.all())
        for ticket in tickets:
            holds = agreement_for(ticket.organisation_id, site_id=ticket.site_id)
            found = [each for each in agreements if Ticket.objects.filter(_covered_by(each), pk=ticket.pk).exists()]
            assert found == ([holds] if holds else []), described(ticket)


def assign_at_random(chance: random.Random) -> None:
    """Leave one default agreement (active or not, or none at all) and others, each assigned here and there."""
    default = Agreement.objects.get(is_default=True)
    Agreement.objects.filter(pk=default.pk).update(is_default=chance.random() < 0.8, is_active=chance.random() < 0.8)
    others = [Agreement.objects.create(name=f"Contrat {i}", is_active=chance.random() < 0.7) for i in range(3)]
    places: list[Any] = [(each, None) for each in Organisation.objects.all()]
    places += [(each.organisation, each) for each in Site.objects.select_related("organisation")]
    for organisation, site in places:
        if chance.random() < 0.6:
            agreement = chance.choice([default, *others])
            AgreementAssignment.objects.create(agreement=agreement, organisation=organisation, site=site)


def described(ticket: Ticket) -> str:
    rows = AgreementAssignment.objects.select_related("agreement").values_list(
        "organisation_id", "site_id", "agreement__name", "agreement__is_active"
    )
    return f"organisation {ticket.organisation_id}, site {ticket.site_id}: {list(rows)}"
