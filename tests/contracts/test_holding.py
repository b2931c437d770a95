"""Which agreement holds where, in Python and in SQL; and what tickets make of it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from entraide.contracts import actions
from entraide.contracts.holding import Holding, agreement_for, contract_for, overlapping
from entraide.people.models import Site
from entraide.sla.models import Agreement, AgreementAssignment
from entraide.tickets.models import Ticket
from entraide.tickets.retargeting_jobs import waiting
from tests.world import World, everything

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def office(world: World) -> Agreement:
    return Agreement.objects.get(is_default=True)


@pytest.fixture
def always(world: World) -> Agreement:
    return Agreement.objects.get(is_default=False)


@pytest.fixture(autouse=True)
def in_june() -> object:
    with time_machine.travel(TODAY, tick=False) as clock, everything():
        yield clock


def test_a_contract_comes_before_the_sites_own_assignment(world: World, office: Agreement, always: Agreement) -> None:
    AgreementAssignment.objects.create(organisation=world.helvetia, site=world.plainpalais, agreement=office)
    assert agreement_for(world.helvetia.pk, site_id=world.plainpalais.pk) == office
    world.contract(agreement_id=always.pk)
    assert agreement_for(world.helvetia.pk, site_id=world.plainpalais.pk) == always
    assert agreement_for(world.rousseau.pk, site_id=None) == office


def test_a_contract_for_a_site_by_name_comes_before_one_that_started_later(
    world: World, office: Agreement, always: Agreement
) -> None:
    world.contract(agreement_id=office.pk, site_ids=(world.plainpalais.pk,))
    world.contract(agreement_id=always.pk, reference="C-2", starts_on=date(2026, 5, 1))
    assert agreement_for(world.helvetia.pk, site_id=world.plainpalais.pk) == office
    assert agreement_for(world.helvetia.pk, site_id=None) == always


def test_of_two_for_all_sites_the_one_that_started_last_holds(
    world: World, office: Agreement, always: Agreement
) -> None:
    older = world.contract(agreement_id=office.pk)
    newer = world.contract(agreement_id=always.pk, reference="C-2", starts_on=date(2026, 5, 1))
    assert agreement_for(world.helvetia.pk, site_id=None) == always
    assert overlapping(older) == [newer] and overlapping(newer) == [older]


def test_a_contract_without_an_active_agreement_decides_nothing_and_is_still_shown(
    world: World, office: Agreement, always: Agreement
) -> None:
    contract = world.contract()
    assert agreement_for(world.helvetia.pk, site_id=None) == office
    assert contract_for(world.helvetia.pk, site_id=None) == contract
    world.contract(agreement_id=always.pk, reference="C-2")
    Agreement.objects.filter(pk=always.pk).update(is_active=False)
    assert agreement_for(world.helvetia.pk, site_id=None) == office


def test_it_begins_and_ends_with_the_day_where_the_client_is(world: World, always: Agreement) -> None:
    world.contract(agreement_id=always.pk, starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 30))

    def holds(instant: str) -> bool:
        return agreement_for(world.helvetia.pk, site_id=None, at=datetime.fromisoformat(instant)) == always

    assert not holds("2026-05-31T23:59:59+02:00") and holds("2026-06-01T00:00:00+02:00")
    assert holds("2026-06-30T23:59:59+02:00") and not holds("2026-07-01T00:00:00+02:00")


def test_one_that_renews_by_itself_does_not_lapse_while_the_desk_is_down(world: World, always: Agreement) -> None:
    world.contract(agreement_id=always.pk, ends_on=date(2026, 3, 31), renewal_months=12)
    assert agreement_for(world.helvetia.pk, site_id=None) == always


def test_new_tickets_get_what_the_contract_buys_and_open_ones_keep_theirs(
    world: World, in_june: object, office: Agreement, always: Agreement
) -> None:
    before = world.ticket()
    contract = world.contract(agreement_id=always.pk)
    after = world.ticket(subject="Autre")
    assert after.agreement_version == always.current
    assert Ticket.objects.get(pk=before.pk).agreement_version == office.current
    assert list(waiting(always.current)) == [before]
    actions.end(contract, ends_on=date(2026, 6, 14), reason="Fini.", actor=world.as_(world.marc))
    assert list(waiting(always.current)) == [] and list(waiting(office.current)) == [after]


@pytest.mark.parametrize("seed", range(12))
def test_the_decision_and_its_sql_say_the_same_for_every_place(
    world: World, office: Agreement, always: Agreement, seed: int
) -> None:
    rng = random.Random(seed)
    third = Agreement.objects.create(name="Troisième", is_active=rng.random() < 0.7)
    agreements = [office, always, third]
    sites = {
        each: [each_site] for each, each_site in ((world.helvetia, world.plainpalais), (world.rousseau, world.carouge))
    }
    for organisation, known in sites.items():
        known.append(Site.objects.create(organisation=organisation, name="Annexe"))
        world.ticket(world.alice if organisation == world.helvetia else world.zoe)
        for site in known:
            world.ticket(world.alice if organisation == world.helvetia else world.zoe, site_id=site.pk)
        for place in rng.sample([None, *known], k=rng.randint(0, 2)):
            AgreementAssignment.objects.create(organisation=organisation, site=place, agreement=rng.choice(agreements))
        for n in range(rng.randint(0, 3)):
            world.contract(
                organisation,
                reference=f"C-{n}",
                starts_on=TODAY.date() + timedelta(days=rng.randint(-40, 5)),
                ends_on=TODAY.date() + timedelta(days=rng.randint(6, 40)),
                site_ids=tuple(each.pk for each in rng.sample(known, k=rng.randint(0, 2))),
                agreement_id=rng.choice([None, *(each.pk for each in agreements)]),
            )
    for ticket in Ticket.objects.all():
        holds = agreement_for(ticket.organisation_id, site_id=ticket.site_id)
        by_sql = [a for a in agreements if Ticket.objects.filter(Holding.read().covered_by(a), pk=ticket.pk).exists()]
        assert by_sql == [holds], (ticket.organisation, ticket.site)
