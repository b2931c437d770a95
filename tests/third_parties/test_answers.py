"""A third party's answer comes back to its conversation, whatever proves it, and to nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from entraide.channels.email.models import OutgoingMail
from entraide.notifications.models import Notification
from entraide.tickets import actions, merging
from entraide.tickets.events.messages import SomethingArrived
from entraide.tickets.models import Ticket
from entraide.tickets.third_parties import conversations_of
from tests.jobs import do_jobs
from tests.mail_in.mails import SUPPORT, mail, taken_in
from tests.third_parties.conversation import HOTLINE, a_file, answer, last, written
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(world: World) -> Ticket:
    with everything():
        found = world.ticket()
        actions.take(found, actor=world.as_(world.nils))
    do_jobs()
    return found


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def told(kind: str = "third_party_answered") -> list[str]:
    with everything():
        return [each.person.name for each in Notification.objects.filter(kind=kind)]


@pytest.mark.parametrize(
    "by",
    [
        {"address": SUPPORT},  # by what it refers to
        {"refers": False, "subject": "Ihr Fall 7712"},  # by the signed address
        {"refers": False, "address": SUPPORT},  # by the mark in the subject
        {"sender": "Hotline@HP.example"},
    ],
)
def test_an_answer_comes_back_to_its_conversation(world: World, ticket: Ticket, by: dict[str, Any]) -> None:
    first = written(world, ticket)
    other = written(world, ticket, to=["ventes@hp.example"], subject="Prix")
    found = answer(
        first,
        "Oui, la version 4.2.\n\nLe lun. 2 mars 2026 à 08:00, Lémanique IT a écrit :\n> Le pilote 4.1 bloque.",
        **by,
    )
    assert (found.outcome, found.ticket) == ("followup", ticket)
    entry = last(ticket)
    event: Any = entry.event
    assert (entry.kind, entry.is_public, event.text) == ("third_party_answered", False, "Oui, la version 4.2.")
    with everything():
        one, two = conversations_of(ticket)
    assert [each.kind for each in one.entries] == ["third_party_written", "third_party_answered"] and one.is_answered
    assert [each.pk for each in two.entries] == [other.entry_id] and not two.is_answered
    assert told() == ["Nils Favre"]
    with everything():
        notice = OutgoingMail.objects.get(template="third_party_answered")
        assert "HP Hotline, un tiers, a répondu" in notice.text and "Oui, la version 4.2." in notice.text


def test_what_is_written_next_stands_in_the_same_thread_and_their_next_answer_too(world: World, ticket: Ticket) -> None:
    first = written(world, ticket)
    answer(first)
    with everything():
        (conversation,) = conversations_of(ticket)
    second = written(world, ticket, "Merci, et pour Windows 11 ?", subject="", conversation=conversation.key)
    assert second.subject == f"Re: {first.subject}" and second.reply_to == first.reply_to
    assert second.in_reply_to == "<a1@hp.example>" and second.references == [first.message_id, "<a1@hp.example>"]
    # Their program may refer to their own mail alone.
    raw = mail(
        HOTLINE, subject="Complément", text="La 4.3.", message_id="<a2@hp.example>", In_Reply_To="<a1@hp.example>"
    )
    taken_in(raw, sender=HOTLINE)
    with everything():
        (conversation,) = conversations_of(ticket)
        assert [each.event.text for each in conversation.entries][-1] == "La 4.3."


@pytest.mark.parametrize("by", [{"address": SUPPORT}, {"refers": False, "subject": "Transféré"}])
def test_whoever_was_not_written_to_is_a_stranger(world: World, ticket: Ticket, by: dict[str, Any]) -> None:
    answer(written(world, ticket), sender="paul@hp.example", **by)
    entry = last(ticket)
    assert (entry.kind, entry.is_public) == ("stranger_wrote", False)
    assert told() == [] and told("stranger_answered") == ["Nils Favre"]


def test_a_colleague_of_the_supplier_is_let_into_the_conversation_by_being_written_to(
    world: World, ticket: Ticket, client: Client
) -> None:
    first = written(world, ticket)
    answer(first, "Je reprends ce dossier.", sender="paul@hp.example")
    stranger: Any = last(ticket).event
    client.force_login(world.nadia.account)
    page = client.get(reverse("agent:ticket", args=[ticket.number])).content.decode()
    link = f"?conversation={stranger.conversation}&amp;with=paul%40hp.example#box"
    assert link in page
    box = client.get(reverse("agent:ticket", args=[ticket.number]) + link.replace("&amp;", "&")).content.decode()
    assert f'value="{HOTLINE}, paul@hp.example"' in box
    second = written(world, ticket, "Bonjour Paul", to=[HOTLINE, "paul@hp.example"], conversation=stranger.conversation)
    assert second.reply_to == first.reply_to
    answer(second, "Merci.", sender="paul@hp.example", message_id="<p2@hp.example>")
    assert last(ticket).kind == "third_party_answered"


def test_the_mark_in_a_subject_proves_nothing_for_others(world: World, ticket: Ticket) -> None:
    found = answer(written(world, ticket), sender="paul@hp.example", refers=False, address=SUPPORT)
    assert found.outcome == "ticket" and found.ticket != ticket


def test_a_forged_address_leads_nowhere(world: World, ticket: Ticket) -> None:
    sent = written(world, ticket)
    forged = sent.reply_to.replace(sent.reply_to.partition(".")[2][:16], "a" * 16)
    found = answer(sent, refers=False, subject="Bonjour", address=forged)
    assert found.ticket != ticket


def test_a_requester_who_answers_what_a_supplier_forwarded_writes_in_their_own_conversation(
    world: World, ticket: Ticket
) -> None:
    answer(written(world, ticket), "Je confirme.", sender="alice@helvetia.example")
    assert last(ticket).kind == "requester_wrote"
    with everything():
        assert len(conversations_of(ticket)[0].entries) == 1


@pytest.mark.parametrize(
    ("reason", "status"),
    [("supplier", "in_progress"), ("third_party", "in_progress"), ("requester", "waiting"), ("agreed_date", "waiting")],
)
def test_it_ends_waiting_for_third_parties_and_for_nothing_else(
    world: World, ticket: Ticket, reason: str, status: str
) -> None:
    from datetime import timedelta

    from entraide.core.clock import now

    sent = written(world, ticket)
    with everything():
        until = now() + timedelta(days=2) if reason == "agreed_date" else None
        actions.hold(ticket, reason=reason, until=until, actor=world.as_(world.nils))
    answer(sent)
    assert fresh(ticket).status == status
    assert fresh(ticket).pauses_clocks == (status == "waiting")


def test_an_absence_notice_is_kept_in_the_conversation_and_changes_nothing(world: World, ticket: Ticket) -> None:
    sent = written(world, ticket, hold_reason="supplier")
    before = fresh(ticket)
    answer(sent, "Absent jusqu'à lundi", Auto_Submitted="auto-replied")
    entry = last(ticket)
    assert entry.kind == "third_party_answered"
    after = fresh(ticket)
    assert (after.status, after.last_message_number) == ("waiting", before.last_message_number)
    assert told() == []


def test_it_reopens_nothing_and_is_no_answer_of_the_requester(world: World, ticket: Ticket) -> None:
    sent = written(world, ticket)
    with everything():
        actions.resolve(ticket, code="third_party", text="Fait.", actor=world.as_(world.nils))
    answer(sent)
    now_ = fresh(ticket)
    assert (now_.status, now_.reopenings, now_.awaits_answer) == ("resolved", 0, False)
    with everything():
        actions.close(ticket, actor=world.as_(world.carla))
    answer(sent, "Et encore ceci.", message_id="<a9@hp.example>")
    assert (fresh(ticket).status, last(ticket).kind) == ("closed", "third_party_answered")


def test_who_writes_to_the_requester_meanwhile_hears_that_there_is_more_to_read(world: World, ticket: Ticket) -> None:
    sent = written(world, ticket)
    seen = fresh(ticket).last_message_number
    answer(sent)
    with everything(), pytest.raises(SomethingArrived):
        actions.reply(ticket, text="Toujours rien.", seen=seen, actor=world.as_(world.nils))


def test_without_an_assignee_who_wrote_is_told(world: World) -> None:
    ticket = world.ticket()
    answer(written(world, ticket, by=world.elena))
    assert told() == ["Elena Rossi"]


def test_the_same_mail_twice_is_one_answer(world: World, ticket: Ticket) -> None:
    sent = written(world, ticket)
    answer(sent)
    answer(sent)
    with everything():
        assert len(conversations_of(ticket)[0].entries) == 2


def test_their_files_come_along(world: World, ticket: Ticket) -> None:
    answer(written(world, ticket), files=(("pilote.txt", "text/plain", b"4.2"),))
    with everything():
        assert [each.name for each in last(ticket).attachments.all()] == ["pilote.txt"]


def test_a_merge_takes_conversations_along_and_an_undoing_gives_them_back(world: World, ticket: Ticket) -> None:
    with everything():
        whole = world.ticket(subject="Toutes les imprimantes")
    sent = written(world, ticket, attachments=[a_file("a.log")])
    with everything():
        merging.merge(ticket, into=whole, actor=world.as_(world.nils))
        (conversation,) = conversations_of(whole)
    answer(sent)
    assert last(whole).kind == "third_party_answered"
    again = written(world, whole, "Merci.", conversation=conversation.key)
    assert again.reply_to == sent.reply_to and again.in_reply_to == "<a1@hp.example>"
    answer(again, "De rien.", message_id="<a2@hp.example>")
    with everything():
        assert len(conversations_of(whole)) == 1 and len(conversations_of(whole)[0].entries) == 4
        merging.unmerge(ticket, actor=world.as_(world.nils))
    answer(sent, "Encore.", message_id="<a3@hp.example>")
    assert last(ticket).event.text == "Encore."  # type: ignore[attr-defined]
    answer(again, "Là aussi.", message_id="<a4@hp.example>")
    assert last(whole).event.text == "Là aussi."  # type: ignore[attr-defined]


def test_a_mail_that_comes_back_is_said_to_be_one_to_a_third_party(world: World, ticket: Ticket) -> None:
    written(world, ticket)
    with everything():
        actions.receive_bounce(
            ticket, email=HOTLINE, reason="550", is_permanent=True, actor=actions.Actor.system("intake")
        )
    do_jobs()
    with everything():
        assert OutgoingMail.objects.filter(template="third_party_bounced").count() == 1
        assert not OutgoingMail.objects.filter(template="bounced").exists()
