"""Managers hear of an end that comes near; clients and programs read what was agreed."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.channels.email.models import OutgoingMail
from entraide.contracts import actions
from entraide.contracts.jobs import tell_of_ends
from entraide.contracts.models import ContractEntry
from entraide.core.reactions import run_reaction
from entraide.notifications.choices import Channels, choose
from entraide.notifications.models import Notification
from entraide.notifications.preferences import Quiet
from entraide.notifications.telling import mail_if_unread
from entraide.people.models import Site
from entraide.people.rights import Role
from tests.api.caller import Caller, is_problem
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
MONEY = {"price": Decimal("1250.00"), "currency": "CHF", "price_period": "month"}
OCTOBER = datetime(2026, 10, 15, 12, tzinfo=UTC)


def test_the_managers_are_told_once_and_are_led_to_the_contract(world: World, client: Client) -> None:
    elsewhere = world.add(world.lemanique, "Léo Petit", Role.MANAGER, only_in=world.rousseau)
    contract = world.contract(ends_on=date(2026, 12, 31), notice_days=60, renewal_months=12)
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
        assert "The contract ends on 31 December 2026. Notice is due by 1 November 2026." in shown
        assert "Without notice it is renewed by itself, for 12 months." in shown
        assert client.get(f"/desk/notifications/{told[0].pk}/")["Location"] == f"/desk/contracts/{contract.pk}/"
    with everything():
        assert Notification.objects.get().read_at is not None


def test_a_mail_goes_to_the_manager_and_an_answer_to_it_opens_a_ticket(world: World) -> None:
    contract = world.contract(ends_on=date(2026, 12, 31), notice_days=60, name="Infogérance", **MONEY)
    with time_machine.travel(OCTOBER, tick=False):
        tell_of_ends()
        do_jobs()
        with everything():
            mail = OutgoingMail.objects.get(template="contract_ending")
    assert (mail.recipient, mail.ticket, mail.state) == ("marc@lemanique.example", None, "sent")
    assert mail.subject == "Contrat C-1 (Helvetia Fiduciaire) : fin le 31 décembre 2026"
    assert "Le préavis est à donner au plus tard le 1er novembre 2026. Il n’est pas reconduit tacitement." in mail.text
    assert f"/desk/contracts/{contract.pk}/" in mail.text and f"/desk/contracts/{contract.pk}/" in mail.html
    assert "ouvre un ticket" in mail.text and "note interne" not in mail.text
    assert "250" not in mail.text, "a mail can be passed on: it names no price"


def test_who_wants_no_mail_of_it_gets_a_line_and_who_sleeps_gets_the_mail_in_the_morning(world: World) -> None:
    anne = world.add(world.lemanique, "Anne Favre", Role.MANAGER)
    with everything():
        choose(world.marc, channels={"contract_ending": Channels(True, False)}, quiet=None)
        choose(anne, channels={}, quiet=Quiet(time(0), time(18), frozenset(range(7))))
    contract = world.contract(ends_on=date(2026, 12, 31), notice_days=60)
    with time_machine.travel(OCTOBER, tick=False):
        tell_of_ends()
        do_jobs()
        with everything():
            told = {each.person_id: each for each in Notification.objects.all()}
            assert set(told) == {world.marc.pk, anne.pk} and not OutgoingMail.objects.exists()
        mail_if_unread(told[anne.pk].pk)
    with time_machine.travel(OCTOBER + timedelta(hours=6), tick=False), everything():
        mail_if_unread(told[anne.pk].pk)
        assert [each.person for each in OutgoingMail.objects.all()] == [anne]
        # In the meantime it goes on: the news is none any more.
        actions.renew(contract, ends_on=date(2027, 12, 31), actor=world.as_(world.marc))
        OutgoingMail.objects.all().delete()
        mail_if_unread(told[anne.pk].pk)
        assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_of_it_once(world: World) -> None:
    world.contract(ends_on=date(2026, 12, 31), notice_days=60)
    ready, failed = threading.Barrier(2), []

    def work() -> None:
        try:
            ready.wait(timeout=10)
            tell_of_ends()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    with time_machine.travel(OCTOBER, tick=False):
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        do_jobs()
    with everything():
        told, mails = Notification.objects.count(), OutgoingMail.objects.filter(template="contract_ending").count()
        entry = ContractEntry.objects.get(kind="contract_end_told")
    assert failed == [] and (told, mails) == (1, 1)
    # The job of the reaction may run again after a crash.
    run_reaction("entraide.notifications.contracts.tell_of_end", "contracts.ContractEntry", entry.pk)
    with everything():
        assert (Notification.objects.count(), OutgoingMail.objects.count()) == (1, mails)


def test_a_contract_that_goes_on_is_told_of_anew_when_its_new_end_comes_near(world: World) -> None:
    contract = world.contract(ends_on=date(2026, 12, 31), notice_days=60)
    with time_machine.travel(OCTOBER, tick=False) as clock:
        tell_of_ends()
        with everything():
            actions.renew(contract, ends_on=date(2027, 12, 31), actor=world.as_(world.marc))
        # What was on its way when it was renewed is none any more.
        do_jobs()
        with everything():
            assert not Notification.objects.exists()
        tell_of_ends()
        clock.move_to(OCTOBER.replace(year=2027))
        tell_of_ends()
        do_jobs()
    with everything():
        assert [each.words["day"] for each in Notification.objects.all()] == ["2027-12-31"]


def test_its_client_contact_reads_it_with_its_price_and_not_anothers(world: World, client: Client) -> None:
    world.contract(name="Le nôtre", note="Client difficile.", **MONEY)
    world.contract(world.rousseau, name="Le leur")
    client.force_login(world.claire.account)  # type: ignore[attr-defined]
    shown = client.get("/contracts/").content.decode()
    assert "Le nôtre" in shown and "250" in shown
    assert "Le leur" not in shown and "difficile" not in shown
    assert 'href="/contracts/"' in client.get("/").content.decode()
    client.force_login(world.alice.account)  # type: ignore[attr-defined]
    assert client.get("/contracts/").status_code == 404
    assert 'href="/contracts/"' not in client.get("/").content.decode()


def test_the_page_of_a_client_asks_no_more_for_more_contracts(world: World, client: Client) -> None:
    client.force_login(world.claire.account)  # type: ignore[attr-defined]

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/contracts/").status_code == 200
        return len(asked)

    world.contract(site_ids=(world.plainpalais.pk,))
    queries()
    few = queries()
    with everything():
        others = [Site.objects.create(organisation=world.helvetia, name=f"Annexe {n}") for n in range(4)]
    for n, site in enumerate(others):
        world.contract(reference=f"N-{n}", site_ids=(site.pk,), **MONEY)
    assert queries() == few


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
    assert is_problem(alice.get("/contracts"), 403)
    assert is_problem(alice.get(f"/contracts/{contract.pk}"), 403)


def test_a_token_needs_the_scope_and_reaches_its_persons_organisation_alone(world: World) -> None:
    contract = world.contract()
    others = world.contract(world.rousseau, reference="R")
    assert is_problem(Caller(world.marc, scopes=("tickets:read", "directory:read")).get("/contracts"), 403)
    assert Caller(world.claire, scopes=("contracts:read",)).get(f"/contracts/{contract.pk}").status_code == 200
    assert is_problem(Caller(world.claire).get(f"/contracts/{others.pk}"), 404)
    assert is_problem(Caller(world.marc).get("/contracts/99999999999999999999"), 404)
    assert Caller(world.claire).get(f"/contracts?organisation={world.rousseau.pk}").json()["items"] == []
    pages = Caller(world.marc).get("/contracts", limit=1).json()
    rest = Caller(world.marc).get("/contracts", limit=1, cursor=pages["next"]).json()
    assert [each["id"] for each in (*pages["items"], *rest["items"])] == [contract.pk, others.pk]


def test_only_of_those_that_are_there(world: World) -> None:
    contract = world.contract()
    assert Caller(world.claire).get(f"/contracts/{contract.pk + 1}").status_code == 404
