"""Contracts on the screens of the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from entraide.contracts.holding import agreement_for
from entraide.contracts.models import Contract
from entraide.people.models import Organisation, Person
from entraide.people.rights import Role
from entraide.sla.models import Agreement
from tests.world import World, everything

pytestmark = pytest.mark.django_db
LIST = "/desk/contracts/"
MONEY = {"price": Decimal("1250.00"), "currency": "CHF", "price_period": "month"}
FAR = {"ends_on": date(2099, 12, 31)}


@pytest.fixture
def as_(world: World, client: Client) -> Any:
    def sign_in(person: Person) -> Client:
        client.force_login(person.account)  # type: ignore[attr-defined]
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "reference": "C-2026", "name": "Managed", "type": "managed_services", "starts_on": "2026-01-01",
        "ends_on": "2099-12-31", "notice_days": "90", "price": "1250", "currency": "chf", "price_period": "month", **changes,
    }  # fmt: skip


def new_for(world: World) -> str:
    return f"/desk/contracts/new?organisation={world.helvetia.pk}"


def test_a_manager_writes_a_contract_and_tickets_are_under_its_agreement(world: World, as_: Any) -> None:
    always = Agreement.objects.get(is_default=False)
    answer = as_(world.marc).post(new_for(world), typed(agreement_id=always.pk, site_ids=[world.plainpalais.pk]))
    with everything():
        contract = Contract.objects.get()
        assert answer["Location"] == reverse("agent:contract", args=[contract.pk])
        assert (contract.price, contract.currency) == (Decimal("1250"), "CHF")
        assert agreement_for(world.helvetia.pk, site_id=world.plainpalais.pk) == always
    page = as_(world.marc).get(answer["Location"]).content.decode()
    assert "CHF" in page and "Plainpalais" in page and "Marc Dubois wrote the contract" in page


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_kept(world: World, as_: Any) -> None:
    answer = as_(world.marc).post(new_for(world), typed(ends_on="2020-01-01"))
    assert answer.status_code == 422
    assert "A contract cannot end before it begins." in answer.content.decode()
    answer = as_(world.marc).post(new_for(world), typed(starts_on="never", price="many"))
    assert answer.status_code == 422
    with everything():
        assert not Contract.objects.exists()


def test_two_contracts_that_disagree_are_saved_once_one_knows_which_will_hold(world: World, as_: Any) -> None:
    office, always = Agreement.objects.get(is_default=True), Agreement.objects.get(is_default=False)
    world.contract(agreement_id=office.pk)
    sent = typed(agreement_id=always.pk, starts_on="2026-05-01")
    answer = as_(world.marc).post(new_for(world), sent)
    assert answer.status_code == 409
    assert "“24/7 P1” of “C-2026 Managed” holds" in answer.content.decode()
    with everything():
        assert Contract.objects.count() == 1
    assert as_(world.marc).post(new_for(world), {**sent, "knows": "yes"}).status_code == 302
    with everything():
        assert Contract.objects.count() == 2


def test_prices_are_for_managers_and_not_for_technicians(world: World, as_: Any) -> None:
    contract = world.contract(**MONEY, **FAR)
    page = reverse("agent:contract", args=[contract.pk])
    assert "250" in as_(world.marc).get(page).content.decode()
    assert "250" in as_(world.marc).get(LIST).content.decode()
    for where in (page, LIST):
        shown = as_(world.nadia).get(where).content.decode()
        assert contract.name in shown and "1250" not in shown and "CHF" not in shown


def test_who_may_only_read_is_refused_and_changes_nothing(world: World, as_: Any) -> None:
    contract = world.contract(**FAR)
    end = reverse("agent:contract-end", args=[contract.pk])
    assert as_(world.nadia).post(end, {"ends_on": "2026-12-31", "reason": "x"}).status_code == 403
    assert as_(world.nadia).get(reverse("agent:contract-fields", args=[contract.pk])).status_code == 404
    with everything():
        assert Contract.objects.get().ends_on == date(2099, 12, 31)


def test_whoever_is_of_one_client_does_not_find_anothers_contract(world: World, as_: Any) -> None:
    limited = world.add(world.lemanique, "Léo Petit", Role.MANAGER, only_in=world.rousseau)
    contract = world.contract(name="Secret", **FAR)
    assert as_(limited).get(reverse("agent:contract", args=[contract.pk])).status_code == 404
    assert "Secret" not in as_(limited).get(LIST).content.decode()
    chosen = as_(limited).post(new_for(world), typed())
    assert "With whom" in chosen.content.decode()
    with everything():
        assert Contract.objects.count() == 1


def test_it_is_changed_renewed_and_ended_and_each_stands_in_the_timeline(world: World, as_: Any) -> None:
    contract = world.contract(ends_on=date(2026, 12, 31), **MONEY)
    page = reverse("agent:contract", args=[contract.pk])
    fields = reverse("agent:contract-fields", args=[contract.pk])
    marc = as_(world.marc)
    sent = typed(reference="C-1", name="Nouveau nom", ends_on="2026-12-31", seen="1")
    assert marc.post(fields, sent).status_code == 302
    assert marc.post(fields, {**sent, "name": "Trop tard"}).status_code == 409
    assert (
        marc.post(reverse("agent:contract-renewal", args=[contract.pk]), {"ends_on": "2027-12-31"}).status_code == 302
    )
    assert (
        marc.post(reverse("agent:contract-renewal", args=[contract.pk]), {"ends_on": "2027-01-31"}).status_code == 422
    )
    ending = {"ends_on": "2027-06-30", "reason": "Autre prestataire"}
    assert marc.post(reverse("agent:contract-end", args=[contract.pk]), ending).status_code == 302
    shown = marc.get(page).content.decode()
    assert "renewed the contract until 31 December 2027" in shown
    assert "last day 30 June 2027: Autre prestataire" in shown
    with everything():
        assert Contract.objects.get().name == "Nouveau nom"


def test_the_list_narrows_to_what_ends_soon_and_what_has_ended(world: World, as_: Any) -> None:
    world.contract(name="Vieux", reference="V", ends_on=date(2026, 2, 1))
    world.contract(name="Durable", reference="D", **FAR)
    nadia = as_(world.nadia)
    assert "Vieux" not in nadia.get(LIST).content.decode()
    assert "Vieux" in nadia.get(f"{LIST}?shown=ended").content.decode()
    assert "Durable" not in nadia.get(f"{LIST}?shown=ending").content.decode()
    assert "Durable" not in nadia.get(f"{LIST}?organisation={world.rousseau.pk}").content.decode()
    assert nadia.get(f"{LIST}?shown=nonsense&page=x&organisation=y").status_code == 200


def test_a_contract_stands_where_its_organisations_calendar_puts_it(world: World, as_: Any) -> None:
    with everything():
        Organisation.objects.filter(pk=world.rousseau.pk).update(time_zone="Pacific/Auckland")
    for organisation in (world.helvetia, world.rousseau):
        world.contract(organisation, name=f"Jusqu'au 30, {organisation.name}", ends_on=date(2026, 6, 30))
        world.contract(organisation, reference="S", name=f"Dès le 1er, {organisation.name}", starts_on=date(2026, 7, 1))
    here, there = world.helvetia.name, world.rousseau.name
    # 01:30 on 1 July in Geneva, and 11:30 in Auckland; still 30 June by UTC.
    with time_machine.travel(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), tick=False) as clock:
        shown = as_(world.marc).get(LIST).content.decode()
        assert f"Dès le 1er, {here}" in shown and f"Dès le 1er, {there}" in shown and "Jusqu" not in shown
        assert as_(world.marc).get(f"{LIST}?shown=ended").content.decode().count("Jusqu&#x27;au 30") == 2
        # The 30th in Geneva, the 1st in Auckland.
        clock.move_to(datetime(2026, 6, 30, 12, 30, tzinfo=UTC))
        ended = as_(world.marc).get(f"{LIST}?shown=ended").content.decode()
        assert f"30, {there}" in ended and f"30, {here}" not in ended
        ending = as_(world.marc).get(f"{LIST}?shown=ending").content.decode()
        assert f"30, {here}" in ending and f"30, {there}" not in ending
        to_come = as_(world.marc).get(f"{LIST}?shown=to_come").content.decode()
        assert f"1er, {here}" in to_come and f"1er, {there}" not in to_come


def test_the_contact_is_searched_among_the_people_of_the_client(world: World, as_: Any) -> None:
    contract = world.contract(contact_id=world.alice.pk, **FAR)
    marc = as_(world.marc)
    form = marc.get(reverse("agent:contract-fields", args=[contract.pk])).content.decode()
    assert "Alice Martin" in form and "Claire Perret" not in form and "Zoé Lambert" not in form
    search = f"/desk/directory/organisations/{world.helvetia.pk}/contacts?contact_id={world.alice.pk}"
    found = marc.get(f"{search}&who=perr").content.decode()
    assert "Claire Perret" in found and "checked" in found.split("Alice Martin")[0], "whoever is chosen stays"
    assert "Zoé Lambert" not in marc.get(f"{search}&who=zo").content.decode()
    assert marc.get(f"/desk/directory/organisations/{'9' * 30}/contacts?who=perr").status_code == 404
    limited = world.add(world.lemanique, "Léo Petit", Role.MANAGER, only_in=world.rousseau)
    assert as_(limited).get(f"{search}&who=perr").status_code == 404
    assert as_(world.nadia).get(f"{search}&who=perr").status_code == 404


def test_somebody_of_another_client_is_refused_as_contact_beside_the_field(world: World, as_: Any) -> None:
    marc = as_(world.marc)
    for contact in (str(world.zoe.pk), "9" * 30):
        answer = marc.post(new_for(world), typed(contact_id=contact))
        assert answer.status_code == 422 and "Zoé" not in answer.content.decode()
        assert "The contact is somebody of the client." in answer.content.decode()
    assert marc.post(new_for(world), typed(contact_id=str(world.claire.pk))).status_code == 302
    with everything():
        assert Contract.objects.get().contact == world.claire


def test_the_list_asks_no_more_for_more_contracts(world: World, as_: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert as_(world.marc).get(LIST).status_code == 200
        return len(asked)

    world.contract(**FAR)
    queries()
    few = queries()
    for n in range(5):
        world.contract(reference=f"N-{n}", **FAR, **MONEY)
    assert queries() == few


def test_the_ticket_says_which_contract_is_in_force_or_that_none_is(world: World, as_: Any) -> None:
    ticket = world.ticket()
    page = f"/desk/tickets/{ticket.number}/"
    assert "no contract in force" in as_(world.nadia).get(page).content.decode()
    world.contract(name="Infogérance Helvetia", **FAR)
    shown = as_(world.nadia).get(page).content.decode()
    assert "Infogérance Helvetia" in shown and "until 31 December 2099" in shown


def test_the_organisation_and_the_agreement_name_their_contracts(world: World, as_: Any) -> None:
    always = Agreement.objects.get(is_default=False)
    world.contract(name="Infogérance Helvetia", agreement_id=always.pk, **FAR)
    organisation = as_(world.nadia).get(f"/desk/directory/organisations/{world.helvetia.pk}/").content.decode()
    assert "Infogérance Helvetia" in organisation
    assert "“24/7 P1” holds, by the contract “Infogérance Helvetia”." in organisation
    agreement = as_(world.adam).get(reverse("agent:agreement", args=[always.pk])).content.decode()
    assert "Infogérance Helvetia" in agreement
