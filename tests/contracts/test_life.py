"""The life of a contract: its entries tell everything, and what it does by itself it does once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from entraide.contracts import actions
from entraide.contracts.days import add_months, notice_by
from entraide.contracts.events import ContractSigned
from entraide.contracts.jobs import renew_contracts, tell_of_ends
from entraide.contracts.models import Contract
from entraide.contracts.names import Names
from entraide.contracts.terms import Terms
from entraide.core.events import Conflict, NotAllowed, Refused, event_from, event_kinds
from entraide.core.story import OneWriterOnly
from tests.world import World, everything

PRICED = {"price": Decimal("1250.00"), "currency": "CHF", "price_period": "month"}


def changed(contract: Contract, **terms: object) -> Terms:
    from dataclasses import replace

    return replace(Terms.of(contract), **terms)  # type: ignore[arg-type]


def live(world: World) -> Contract:
    """Take a contract through every verb there is."""
    marc = world.as_(world.marc)
    contract = world.contract(ends_on=date(2026, 6, 30), renewal_months=6, note="Signé à Genève.", **PRICED)
    actions.change(contract, terms=changed(contract, notice_days=90, site_ids=(world.plainpalais.pk,)), actor=marc)
    actions.tell_of_end(contract, ends_on=date(2026, 6, 30))
    actions.renew_by_itself(contract)
    actions.renew(contract, ends_on=date(2027, 12, 31), actor=marc)
    actions.end(contract, ends_on=date(2027, 3, 31), reason="Autre prestataire.", actor=marc)
    return contract


@pytest.mark.django_db
def test_a_contract_is_what_its_timeline_says_column_by_column(world: World) -> None:
    with everything():
        contract = live(world)
        stored = Contract.objects.get(pk=contract.pk)
        assert stored.replayed().columns() == stored.columns() == contract.columns()
        assert (stored.ends_on, stored.renewal_months) == (date(2027, 3, 31), None)


@pytest.mark.django_db
def test_its_life_uses_every_event_there_is_and_each_survives_the_database(world: World) -> None:
    with everything():
        entries = list(live(world).timeline())
    assert {each.kind for each in entries} == {kind for kind in event_kinds() if kind.startswith("contract_")}
    for each in entries:
        assert event_from(each.kind, each.data).as_data() == each.data


@pytest.mark.django_db
def test_whoever_sees_no_prices_reads_none_in_the_timeline(world: World) -> None:
    with everything():
        contract = world.contract(**PRICED)
        actions.change(contract, terms=changed(contract, price=Decimal("990")), actor=world.as_(world.marc))
        event = contract.timeline().last().event
        assert "990" not in event.describe(Names(shows_money=False))
        assert "990" in event.describe(Names(shows_money=True))


@pytest.mark.django_db
def test_erasing_takes_the_note_and_leaves_the_figures(world: World) -> None:
    with everything():
        event = world.contract(note="Madame Perret est pressée.", **PRICED).timeline().get().event
    erased = event.erase()
    assert isinstance(erased, ContractSigned)
    assert "pressée" not in str(erased.as_data()) and erased.terms.price == Decimal("1250.00")


@pytest.mark.django_db
def test_nobody_else_can_write_a_contract(world: World) -> None:
    with everything():
        contract = world.contract()
        with pytest.raises(OneWriterOnly):
            contract.save()
        with pytest.raises(OneWriterOnly):
            Contract.objects.update(name="x")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"reference": " "}, "reference"),
        ({"type": "gift"}, "type"),
        ({"ends_on": date(2025, 1, 1)}, "ends_on"),
        ({"renewal_months": 12}, "ends_on"),
        ({"notice_days": -1}, "notice_days"),
        ({**PRICED, "currency": "ZZZ"}, "currency"),
        ({**PRICED, "price_period": "incident"}, "price_period"),
        ({**PRICED, "price": Decimal("1.001")}, "price"),
        ({"agreement_id": 10**6}, "agreement_id"),
    ],
)
def test_what_a_contract_cannot_say_is_refused_at_its_field(world: World, terms: dict[str, object], field: str) -> None:
    with everything(), pytest.raises(Refused) as refused:
        world.contract(**terms)
    assert refused.value.field == field
    with everything():
        assert not Contract.objects.exists()


@pytest.mark.django_db
def test_a_reference_is_unique_within_its_organisation(world: World) -> None:
    world.contract()
    with everything():
        with pytest.raises(Refused):
            world.contract(reference="c-1")
        world.contract(world.rousseau)


@pytest.mark.django_db
def test_sites_and_contacts_are_of_its_own_organisation(world: World) -> None:
    with everything():
        for terms in ({"site_ids": (world.carouge.pk,)}, {"contact_id": world.zoe.pk}):
            with pytest.raises(Refused):
                world.contract(**terms)


@pytest.mark.django_db
def test_a_technician_writes_no_contract_and_two_managers_do_not_overwrite_each_other(world: World) -> None:
    with everything():
        contract = world.contract()
        stale = Contract.objects.get(pk=contract.pk)
        actions.change(contract, terms=changed(contract, name="Nouveau"), actor=world.as_(world.marc))
        with pytest.raises(Conflict):
            actions.change(stale, terms=changed(stale, name="Autre"), actor=world.as_(world.adam))
        with pytest.raises(NotAllowed):
            actions.end(contract, ends_on=date(2026, 9, 1), reason="x", actor=world.as_(world.nadia))
        assert Contract.objects.get().name == "Nouveau"


@pytest.mark.django_db
def test_it_renews_itself_on_its_last_day_where_the_client_is_and_once(world: World) -> None:
    contract = world.contract(ends_on=date(2026, 6, 30), renewal_months=12)
    # 00:30 on the last day in Geneva.
    with time_machine.travel(datetime(2026, 6, 29, 21, 30, tzinfo=UTC), tick=False) as clock:
        assert renew_contracts() == 0
        clock.move_to(datetime(2026, 6, 29, 22, 30, tzinfo=UTC))
        assert renew_contracts() == 1
        assert renew_contracts() == 0
    with everything():
        assert Contract.objects.get(pk=contract.pk).ends_on == date(2027, 6, 30)


@pytest.mark.django_db
def test_after_a_long_rest_it_catches_up_term_by_term(world: World) -> None:
    contract = world.contract(ends_on=date(2026, 1, 31), renewal_months=1)
    with time_machine.travel(datetime(2026, 4, 15, tzinfo=UTC), tick=False):
        assert renew_contracts() == 3
    with everything():
        assert Contract.objects.get(pk=contract.pk).ends_on == date(2026, 4, 30)
        assert contract.timeline().count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_workers_renew_it_once(world: World) -> None:
    contract = world.contract(ends_on=date(2026, 6, 30), renewal_months=12)
    ready, failed = threading.Barrier(2), []

    def work() -> None:
        try:
            with everything():
                mine = Contract.objects.get(pk=contract.pk)
                ready.wait(timeout=10)
                actions.renew_by_itself(mine)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failed == []
    with everything():
        assert Contract.objects.get(pk=contract.pk).ends_on == date(2027, 6, 30)
        assert [each.kind for each in contract.timeline()].count("contract_renewed") == 1


@pytest.mark.django_db
def test_an_end_is_told_thirty_days_before_the_notice_and_once_for_each_end(world: World) -> None:
    contract = world.contract(ends_on=date(2026, 12, 31), notice_days=60)
    with time_machine.travel(datetime(2026, 10, 1, 12, tzinfo=UTC), tick=False) as clock:
        assert tell_of_ends() == 0
        clock.move_to(datetime(2026, 10, 2, 12, tzinfo=UTC))
        assert (tell_of_ends(), tell_of_ends()) == (1, 0)
        with everything():
            actions.renew(Contract.objects.get(), ends_on=date(2027, 1, 15), actor=world.as_(world.marc))
        clock.move_to(datetime(2026, 11, 2, 12, tzinfo=UTC))
        assert (tell_of_ends(), tell_of_ends()) == (1, 0)
    with everything():
        assert [each.kind for each in contract.timeline()].count("contract_end_told") == 2


def test_the_end_of_a_month_stays_the_end_of_a_month() -> None:
    assert add_months(date(2026, 6, 30), 6) == date(2026, 12, 31)
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 30), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)
    assert notice_by(date(2026, 12, 31), notice_days=31) == date(2026, 11, 30)
