"""Asking, answering, withdrawing; what becomes of the ticket meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from entraide.channels.email.models import OutgoingMail
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.notifications.models import Notification
from entraide.people.models import RoleGrant
from entraide.people.rights import Role
from entraide.tickets import actions, merging
from entraide.tickets.approval_jobs import remind_and_expire
from entraide.tickets.approving import approve, ask, refuse, withdraw
from entraide.tickets.asked import read
from entraide.tickets.asked_conditions import Asker, condition
from entraide.tickets.finding import Readable
from entraide.tickets.models import Approval, Ticket
from tests.approvals.desk import asked, now_of
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(world: World) -> Ticket:
    ticket = world.ticket()
    with everything():
        actions.take(ticket, actor=world.as_(world.nils))
    return ticket


def answer(world: World, approval: Approval, who: str, approves: bool = True) -> None:
    person = getattr(world, who)
    with everything():
        act: Any = approve if approves else refuse
        act(Ticket.objects.get(pk=approval.ticket_id), number=approval.number, text="Voilà.", actor=world.as_(person))


def told(kind: str) -> list[tuple[str, str]]:
    with everything():
        found = Notification.objects.filter(kind=kind).order_by("pk")
        return [(each.template, each.person.name.split()[0]) for each in found]


@pytest.mark.parametrize(
    ("rule", "people", "answers", "state"),
    [
        ("any", ["claire"], [("claire", True)], "approved"),
        ("any", ["claire"], [("claire", False)], "refused"),
        ("any", ["claire", "bob"], [("bob", True)], "approved"),
        ("any", ["claire", "bob"], [("bob", False)], "refused"),
        ("all", ["claire", "bob"], [("bob", True)], "open"),
        ("all", ["claire", "bob"], [("bob", True), ("claire", True)], "approved"),
        ("all", ["claire", "bob"], [("bob", True), ("claire", False)], "refused"),
        ("all", ["claire", "benoit", "adam"], [("adam", True), ("benoit", True), ("claire", True)], "approved"),
    ],
)
def test_the_rule_says_when_it_is_decided(
    world: World, ticket: Ticket, rule: str, people: list[str], answers: list[tuple[str, bool]], state: str
) -> None:
    approval = asked(world, ticket, *(getattr(world, each) for each in people), rule=rule)
    for who, approves in answers:
        answer(world, approval, who, approves)
    assert now_of(approval).state == state
    assert bool(now_of(ticket).open_approvals) == (state == "open")


def test_the_ticket_waits_with_its_clock_and_goes_on_by_itself(world: World, ticket: Ticket, clock: Any) -> None:
    approval = asked(world, ticket, holds=True)
    waiting = now_of(ticket)
    assert (waiting.status, waiting.pending_reason, waiting.pauses_clocks) == ("waiting", "approval", True)
    clock.shift(timedelta(hours=3))
    answer(world, approval, "claire")
    after = now_of(ticket)
    assert (after.status, after.pending_reason, after.pauses_clocks) == ("in_progress", "", False)


def test_the_requesters_word_does_not_end_waiting_for_an_approval(world: World, ticket: Ticket) -> None:
    asked(world, ticket, holds=True)
    with everything():
        actions.answer(now_of(ticket), text="Et alors ?", actor=world.as_(world.alice))
    assert now_of(ticket).status == "waiting"


def test_it_waits_until_the_last_of_several_questions_is_decided(world: World, ticket: Ticket) -> None:
    first, second = asked(world, ticket, holds=True), asked(world, ticket, world.bob)
    answer(world, first, "claire", approves=False)
    assert now_of(ticket).status == "waiting"
    answer(world, second, "bob")
    assert now_of(ticket).status == "in_progress"


def test_another_reason_for_waiting_outlasts_the_answer(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    with everything():
        actions.hold(ticket, reason="supplier", actor=world.as_(world.nadia))
    answer(world, approval, "claire")
    assert (now_of(ticket).status, now_of(ticket).pending_reason) == ("waiting", "supplier")


def test_who_asked_and_whose_ticket_it_is_are_told_once(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.claire, world.bob, rule="all")
    answer(world, approval, "bob")
    do_jobs()
    assert told("approval_answered") == [], "one of two answers is no decision"
    answer(world, approval, "claire")
    do_jobs()
    assert sorted(told("approval_answered")) == [("approval_given", "Nadia"), ("approval_given", "Nils")]


def test_a_refusal_is_told_with_its_reason(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    answer(world, approval, "claire", approves=False)
    do_jobs()
    with everything():
        mail = OutgoingMail.objects.get(template="approval_refused", recipient="nadia@lemanique.example")
    assert "Claire Perret refuse" in mail.text and "Voilà." in mail.text


def test_people_of_the_desk_are_told_in_the_console_and_the_others_by_mail(world: World, ticket: Ticket) -> None:
    asked(world, ticket, world.claire, world.benoit, world.adam)
    do_jobs()
    assert told("approval_asked") == [("approval_asked", "Benoît")]
    with everything():
        mails = set(OutgoingMail.objects.filter(template__startswith="approval").values_list("template", "recipient"))
    assert mails == {
        ("approval", "claire@helvetia.example"),
        # An administrator does not read clients' tickets, and answers by the link.
        ("approval", "adam@lemanique.example"),
        ("approval_asked", "benoit@lemanique.example"),
    }


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"question": " "}, "text"),
        ({"question": "x" * 5001}, "text"),
        ({"people": []}, "people"),
        ({"people": ["nadia"]}, "people"),
        ({"people": ["zoe"]}, "people"),
        ({"people": ["claire", "bob"], "rule": "one"}, "rule"),
        ({"people": ["claire", "bob"], "rule": "most"}, "rule"),
        ({"until": MONDAY - timedelta(days=1)}, "until"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(world: World, clock: Any, facts: dict[str, Any], field: str) -> None:
    ticket = world.ticket()
    people = [getattr(world, each) for each in facts.pop("people", ["claire"])]
    said = {"question": "?", "rule": "any", **facts}
    with everything(), pytest.raises(Refused) as refused:
        ask(ticket, people=people, actor=world.as_(world.nadia), **said)
    assert refused.value.field == field
    with everything():
        assert not Approval.objects.exists()


def test_who_left_or_cannot_be_reached_is_not_asked(world: World, ticket: Ticket) -> None:
    with everything():
        world.bob.addresses.update(bounced_at=MONDAY)
        world.claire.is_active = False
        world.claire.save()
    for person in (world.bob, world.claire):
        with everything(), pytest.raises(Refused):
            ask(ticket, question="?", people=[person], rule="any", actor=world.as_(world.nadia))


def test_a_hold_that_is_refused_asks_nobody(world: World, ticket: Ticket) -> None:
    from entraide.tickets.models import PendingReason

    PendingReason.objects.filter(code="approval").delete()
    with pytest.raises(Refused):
        asked(world, ticket, holds=True)
    with everything():
        assert not Approval.objects.exists()


@pytest.mark.parametrize("who", ["alice", "claire", "sofia", "adam"])
def test_whoever_may_not_reply_may_not_ask(world: World, ticket: Ticket, who: str) -> None:
    with everything(), pytest.raises(NotAllowed):
        ask(ticket, question="?", people=[world.bob], rule="any", actor=world.as_(getattr(world, who)))


@pytest.mark.parametrize("who", ["alice", "bob", "nadia", "marc", "zoe"])
def test_nobody_decides_who_was_not_asked(world: World, ticket: Ticket, who: str) -> None:
    approval = asked(world, ticket)
    with pytest.raises(NotAllowed):
        answer(world, approval, who)
    assert now_of(approval).is_open


def test_whoever_comes_second_is_told_that_it_is_decided(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.claire, world.bob)
    answer(world, approval, "bob")
    with pytest.raises(Conflict, match="déjà été approuvé"):
        answer(world, approval, "claire", approves=False)


def test_an_answer_after_a_withdrawal_is_told_so_and_changes_nothing(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    with everything():
        withdraw(ticket, number=approval.number, actor=world.as_(world.carla))
    with pytest.raises(Conflict, match="retirée"):
        answer(world, approval, "claire")
    assert now_of(approval).state == "withdrawn"
    with everything(), pytest.raises(Conflict):
        withdraw(now_of(ticket), number=approval.number, actor=world.as_(world.nadia))


def test_one_answers_once_and_says_why_one_refuses(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.claire, world.bob, rule="all")
    with everything(), pytest.raises(Refused) as refused:
        refuse(ticket, number=approval.number, text=" ", actor=world.as_(world.claire))
    assert refused.value.field == "text"
    answer(world, approval, "claire")
    with pytest.raises(Conflict, match="déjà répondu"):
        answer(world, approval, "claire", approves=False)


def test_it_is_reminded_of_once_and_ends_by_its_day(world: World, clock: Any) -> None:
    ticket = world.ticket()
    until = MONDAY + timedelta(days=4)
    approval = asked(world, ticket, world.claire, world.bob, world.benoit, rule="all", until=until, holds=True)
    answer(world, approval, "bob")
    clock.move_to(until - timedelta(days=1, minutes=1))
    assert remind_and_expire() == 0
    clock.move_to(until - timedelta(hours=23))
    assert remind_and_expire() == 1
    assert remind_and_expire() == 0
    do_jobs()
    with everything():
        reminded = OutgoingMail.objects.filter(template="approval_reminder").values_list("recipient", flat=True)
        assert list(reminded) == ["claire@helvetia.example"], "Bob has answered; Benoît is told in the console"
    assert told("approval_asked") == [("approval_asked", "Benoît")] * 2
    clock.move_to(until)
    assert remind_and_expire() == 1
    assert remind_and_expire() == 0
    do_jobs()
    assert now_of(approval).state == "expired"
    assert now_of(ticket).status == "in_progress"
    assert told("approval_answered") == [("approval_expired", "Nadia")]
    with pytest.raises(Conflict, match="passé"):
        answer(world, approval, "claire")


def test_a_withdrawal_tells_those_who_had_not_answered(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.claire, world.bob, world.benoit, rule="all")
    answer(world, approval, "bob")
    with everything():
        withdraw(now_of(ticket), number=approval.number, actor=world.as_(world.nadia))
    do_jobs()
    with everything():
        mails = OutgoingMail.objects.filter(template="approval_withdrawn").values_list("recipient", flat=True)
        assert list(mails) == ["claire@helvetia.example"]
    assert ("approval_withdrawn", "Benoît") in told("approval_asked")


def test_resolving_takes_back_what_is_asked(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    with everything():
        actions.resolve(ticket, code="declined", text="Trop cher.", actor=world.as_(world.nadia))
    do_jobs()
    assert now_of(approval).state == "withdrawn"
    assert now_of(ticket).status == "resolved"


def test_a_merge_takes_back_what_is_asked_and_an_undoing_finds_the_ticket_at_work(world: World, ticket: Ticket) -> None:
    whole = world.ticket()
    approval = asked(world, ticket, holds=True)
    with everything():
        merging.merge(ticket, into=whole, actor=world.as_(world.nadia))
    assert now_of(approval).state == "withdrawn"
    with pytest.raises(Conflict):
        answer(world, approval, "claire")
    with everything():
        merging.unmerge(ticket, actor=world.as_(world.nadia))
    assert now_of(ticket).status == "in_progress"


def test_a_ticket_about_which_somebody_is_asked_is_not_moved_to_another_client(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    mover = world.as_(world.carla)
    with everything(), pytest.raises(Refused):
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=mover)
    answer(world, approval, "claire")
    with everything():
        actions.move(now_of(ticket), organisation=world.rousseau, requester=world.zoe, actor=mover)
        row = Approval.objects.get(pk=approval.pk)
        assert row.organisation_id == row.approvers.get().organisation_id == world.rousseau.pk


def test_a_search_finds_what_awaits_an_approval(world: World, ticket: Ticket) -> None:
    other = world.ticket()
    asked(world, ticket)
    with everything():
        asker = Asker(world.nadia.pk, Readable.by(world.as_(world.nadia)), MONDAY)
        for words in ("is:awaiting-approval", "est:accord-attendu"):
            found = Ticket.objects.filter(condition(read(words), asker))
            assert [each.pk for each in found] == [ticket.pk], words
        not_found = Ticket.objects.filter(condition(read("-is:awaiting-approval"), asker))
        assert [each.pk for each in not_found] == [other.pk]


def test_a_category_asks_the_contacts_by_itself(world: World) -> None:
    world.network.approval = "any"
    world.network.save()
    ticket = world.ticket(category=world.wifi, kind="request")
    do_jobs()
    do_jobs()
    with everything():
        approval = Approval.objects.get()
        assert [each.person_id for each in approval.approvers.all()] == [world.claire.pk]
        mail = OutgoingMail.objects.get(template="approval")
    assert (approval.asked_by_id, approval.question, now_of(ticket).status) == (None, "", "waiting")
    assert "Pouvons-nous donner suite à cette demande\xa0?" in mail.text
    answer(world, approval, "claire")
    assert now_of(ticket).status == "in_progress"


@pytest.mark.parametrize(("rule", "count"), [("any", 0), ("all", 1)])
def test_a_contact_does_not_approve_what_they_ask_for(world: World, rule: str, count: int) -> None:
    RoleGrant.objects.create(person=world.bob, role=Role.CLIENT_CONTACT, organisation=world.helvetia)
    world.network.approval = rule
    world.network.save()
    world.ticket(world.claire, category=world.network)
    do_jobs()
    with everything():
        assert Approval.objects.count() == count
        assert all(each.person_id == world.bob.pk for row in Approval.objects.all() for each in row.approvers.all())


def test_a_client_without_contacts_is_noted_for_the_desk(world: World) -> None:
    world.network.approval = "any"
    world.network.save()
    ticket = world.ticket(world.zoe, category=world.network)
    do_jobs()
    with everything():
        assert not Approval.objects.exists()
        note = ticket.timeline().get(kind="note_added")
    assert "Atelier Rousseau" in note.data["text"]
    assert now_of(ticket).status == "new"


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_both_counted(world: World) -> None:
    ticket = world.ticket()
    approval = asked(world, ticket, world.claire, world.bob, rule="all")
    ready = threading.Barrier(2)

    def go(who: str) -> None:
        try:
            ready.wait(timeout=10)
            answer(world, approval, who)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[who]) for who in ("claire", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert now_of(approval).state == "approved"
