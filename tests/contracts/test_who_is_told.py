"""Managers hear of an end that comes near; clients and programs read what was agreed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from entraide.contracts.jobs import tell_of_ends
from entraide.notifications.models import Notification
from entraide.people.rights import Role
from tests.api.caller import Caller
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
MONEY = {"price": Decimal("1250.00"), "currency": "CHF", "price_period": "month"}
OCTOBER = datetime(2026, 10, 15, 12, tzinfo=UTC)


def test_the_managers_are_told_once_and_are_led_to_the_contract(world: World, client: Client) -> None:
    elsewhere = world.add(world.lemanique, "Léo Petit", Role.MANAGER, only_in=world.rousseau)
    contract = world.contract(ends_on=date(2026, 12, 31), notice_days=60)
    with time_machine.travel(OCTOBER, tick=False):
        tell_of_ends()
        do_jobs()
        tell_of_ends()
        do_jobs()
        with everything():
            told = list(Notification.objects.filter(kind="contract_ending"))
        assert [each.person_id for each in told] == [world.marc.pk] != [elsewhere.pk]
        client.force_login(world.marc.account)  # type: ignore[attr-defined]
        client.cookies["django_language"] = "en"
        shown = client.get("/desk/notifications/").content.decode()
        assert "The contract ends on 31 December 2026; notice is due by 1 November 2026." in shown
        assert client.get(f"/desk/notifications/{told[0].pk}/")["Location"] == f"/desk/contracts/{contract.pk}/"
    with everything():
        assert Notification.objects.get().read_at is not None


def test_its_client_contact_reads_it_with_its_price_and_not_anothers(world: World, client: Client) -> None:
    world.contract(name="Le nôtre", note="Client difficile.", **MONEY)
    world.contract(world.rousseau, name="Le leur")
    client.force_login(world.claire.account)  # type: ignore[attr-defined]
    shown = client.get("/contracts/").content.decode()
    assert "Le nôtre" in shown and "250" in shown
    assert "Le leur" not in shown and "difficile" not in shown
    client.force_login(world.alice.account)  # type: ignore[attr-defined]
    assert client.get("/contracts/").status_code == 404


def test_a_program_reads_contracts_without_prices_where_its_person_sees_none(world: World) -> None:
    contract = world.contract(note="Interne", **MONEY)
    world.contract(world.rousseau, reference="R")
    seen = Caller(world.nadia).get(f"/contracts/{contract.pk}").json()
    assert (seen["reference"], seen["is_in_force"], seen["price"], seen["currency"]) == ("C-1", True, None, None)
    assert Decimal(Caller(world.marc).get(f"/contracts/{contract.pk}").json()["price"]) == Decimal("1250")
    claire = Caller(world.claire).get("/contracts").json()["items"]
    assert [each["id"] for each in claire] == [contract.pk] and claire[0]["note"] is None
    only = Caller(world.nadia).get(f"/contracts?organisation={world.rousseau.pk}").json()["items"]
    assert [each["reference"] for each in only] == ["R"]


def test_a_requester_finds_no_contract_by_the_api(world: World) -> None:
    contract = world.contract()
    alice = Caller(world.alice)
    assert alice.get("/contracts").status_code == 403
    assert Caller(world.claire).get(f"/contracts/{contract.pk + 1}").status_code == 404
