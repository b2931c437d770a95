"""A ticket becomes part of another one: for its people, its mails, its clocks, and back again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from entraide.channels.email.models import OutgoingMail
from entraide.core.events import Conflict, Refused
from entraide.core.reactions import run_reaction
from entraide.core.scope import Scope, scoped
from entraide.tickets import actions, merging, queries
from entraide.tickets.clocks import differences
from entraide.tickets.links import token_for
from entraide.tickets.models import LevelStay, Ticket, TicketEntry
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_related("merged_into").get(pk=ticket.pk)


def replays(*tickets: Ticket) -> bool:
    return all(
        fresh(each).replayed().columns() == fresh(each).columns() and differences(fresh(each)) == [] for each in tickets
    )


def test_a_merged_ticket_is_closed_and_its_people_follow_the_other_one(world: World) -> None:
    with everything():
        first, second = world.ticket(), world.ticket(world.bob, watcher_ids=(world.claire.pk,))
        merging.merge(second, into=first, actor=world.as_(world.nadia))
        assert (second.status, second.resolution_code, second.merged_into_id) == ("closed", "merged", first.pk)
        assert first.watcher_ids == [world.bob.pk, world.claire.pk]
        assert first.awaits_answer
        assert replays(first, second)


def test_no_promise_of_a_merged_ticket_counts_as_kept_and_no_level_has_solved_it(world: World) -> None:
    with everything(), time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) as traveller:
        first, second = world.ticket(), world.ticket(world.bob)
        traveller.shift(timedelta(minutes=5))
        merging.merge(second, into=first, actor=world.as_(world.nadia))
        assert {clock.state for clock in second.clocks.all()} == {"off"}
        assert [stay.ending for stay in second.stays.all()] == [LevelStay.Ending.MERGED]
        assert fresh(second).next_due is None
        # The other ticket's first response is still owed, from its own beginning.
        response = first.clocks.get(metric="first_response")
        assert (response.state, response.started_at) == ("running", first.opened_at)


def test_a_promise_missed_before_the_merge_stays_missed(world: World) -> None:
    with everything(), time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) as traveller:
        first, second = world.ticket(), world.ticket(world.bob)
        late = second.clocks.get(metric="first_response")
        traveller.move_to(late.due_at + timedelta(minutes=1))
        merging.merge(second, into=first, actor=world.as_(world.nadia))
        assert second.clocks.get(metric="first_response").state == "missed"
        merging.unmerge(second, actor=world.as_(world.nadia))
        assert second.clocks.filter(metric="first_response").count() == 1
        assert replays(first, second)


def test_both_conversations_read_as_one_in_the_order_of_time(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything(), time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) as traveller:
        first = world.ticket(text="Un")
        traveller.shift(60)
        second = world.ticket(world.bob, text="Deux")
        traveller.shift(60)
        actions.note(first, text="Trois", actor=nadia)
        traveller.shift(60)
        actions.note(second, text="Quatre", actor=nadia)
        merging.merge(second, into=first, actor=nadia)
        said = [
            (getattr(entry.event, "text", ""), entry.origin.number if entry.origin else None)
            for entry in queries.conversation_for(first, actor=nadia)
            if getattr(entry.event, "text", "")
        ]
        assert said == [("Un", None), ("Deux", second.number), ("Trois", None), ("Quatre", second.number)]
        # Alice was not on Bob's ticket: what he wrote there was not written to her.
        hers = queries.conversation_for(first, actor=world.as_(world.alice))
        assert {getattr(entry.event, "text", "") for entry in hers} == {"Un"}
        his = queries.conversation_for(first, actor=world.as_(world.bob))
        assert "Deux" in {getattr(entry.event, "text", "") for entry in his}


def test_nothing_is_written_on_a_ticket_that_is_part_of_another(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        first, second, third = world.ticket(), world.ticket(), world.ticket()
        merging.merge(second, into=first, actor=nadia)
        with pytest.raises(Conflict, match=first.reference):
            actions.answer(second, text="Et ceci ?", actor=world.as_(world.alice))
        with pytest.raises(Conflict):
            actions.reopen(second, text="Non", actor=world.as_(world.alice))
        with pytest.raises(Conflict):
            actions.note(second, text="x", actor=nadia)
        with pytest.raises(Conflict):
            merging.merge(third, into=second, actor=nadia)
        with pytest.raises(Conflict):
            merging.merge(second, into=third, actor=nadia)


def test_tickets_of_two_clients_and_major_incidents_are_not_merged(world: World) -> None:
    carla = world.as_(world.carla)
    with everything():
        first, strange = world.ticket(), world.ticket(world.zoe)
        with pytest.raises(Refused):
            merging.merge(first, into=strange, actor=carla)
        with pytest.raises(Refused):
            merging.merge(first, into=first, actor=carla)
        major = world.ticket(impact=1, urgency=1)
        actions.declare_major(
            major, lead=world.elena, teams=[], contacts=[], rhythm_minutes=30, text="Plus rien.", actor=carla
        )
        with pytest.raises(Refused):
            merging.merge(major, into=first, actor=carla)
        assert fresh(first).version == 1


def test_an_undone_merge_leaves_both_as_they_were(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything(), time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) as traveller:
        first, second = world.ticket(), world.ticket(world.bob)
        actions.hold(second, reason="supplier", actor=nadia)
        traveller.shift(timedelta(hours=1))
        merging.merge(second, into=first, actor=nadia)
        traveller.shift(timedelta(hours=1))
        merging.unmerge(second, actor=nadia)
        assert (second.status, second.pending_reason, second.merged_into_id, second.closed_at) == (
            "waiting", "supplier", None, None,
        )  # fmt: skip
        assert fresh(first).watcher_ids == []
        assert replays(first, second)
        merging.merge(second, into=first, actor=nadia)
        traveller.shift(timedelta(days=8))
        with pytest.raises(Refused):
            merging.unmerge(second, actor=nadia)


def test_who_was_brought_by_two_tickets_stays_while_one_of_them_is_a_part(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        first, second, third = world.ticket(), world.ticket(world.bob), world.ticket(world.bob)
        merging.merge(second, into=first, actor=nadia)
        merging.merge(third, into=first, actor=nadia)
        merging.unmerge(second, actor=nadia)
        assert fresh(first).watcher_ids == [world.bob.pk]


def test_the_answer_a_ticket_waited_for_may_have_come_as_another_ticket(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        first, second = world.ticket(), world.ticket()
        actions.reply(first, text="Quel modèle ?", actor=nadia)
        actions.hold(first, reason="requester", actor=nadia)
        merging.merge(second, into=first, actor=nadia)
        assert (first.status, first.awaits_answer) == ("in_progress", True)


def test_the_requester_is_told_once_in_plain_words(world: World) -> None:
    with everything():
        first, second = world.ticket(), world.ticket(world.bob)
        entry = merging.merge(second, into=first, actor=world.as_(world.nadia))
    for _twice in range(2):
        run_reaction("entraide.channels.email.reactions.tell_of_merge", "tickets.TicketEntry", entry.pk)
    with everything():
        mail = OutgoingMail.objects.get(template="merged")
        assert mail.recipient == world.email(world.bob)
        assert first.reference in mail.text and "réunies" in mail.text


def test_the_portal_page_and_the_signed_link_lead_to_the_other_ticket(world: World, client: Client) -> None:
    with everything():
        first, second = world.ticket(subject="Panne"), world.ticket(world.bob, subject="La même panne")
        merging.merge(second, into=first, actor=world.as_(world.nadia))
    client.force_login(world.bob.account)
    page = client.get(f"/tickets/{second.number}/").content.decode()
    assert "<h1>Panne</h1>" in page and second.reference in page
    client.post(f"/tickets/{second.number}/answers", {"text": "Toujours en panne."})
    by_link = Client()
    address = f"/t/{token_for(second.pk, world.bob.pk, purpose='see')}/"
    assert "<h1>Panne</h1>" in by_link.get(address).content.decode()
    by_link.post(f"{address}answers", {"text": "Et par le lien."})
    with everything():
        said = [getattr(entry.event, "text", "") for entry in first.timeline()]
        assert said[-2:] == ["Toujours en panne.", "Et par le lien."]


def test_files_of_a_merged_ticket_open_for_who_was_on_it_alone(world: World, client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from entraide.tickets.uploads import keep_upload

    with everything():
        upload = keep_upload(SimpleUploadedFile("plan.txt", b"Plan"))
        first, second = world.ticket(), world.ticket(world.bob, attachments=(upload,))
        merging.merge(second, into=first, actor=world.as_(world.nadia))
        key = second.attachments.get().pk
    for person, status in ((world.bob, 200), (world.alice, 404)):
        client.force_login(person.account)
        assert client.get(f"/tickets/{first.number}/attachments/{key}/plan.txt").status_code == status


def test_the_desk_merges_reads_and_undoes_on_the_page(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    with everything():
        first, second = world.ticket(subject="Panne"), world.ticket(world.bob, text="Chez moi aussi")
    client.post(f"/desk/tickets/{second.number}/merger", {"other_words": first.reference})
    page = client.get(f"/desk/tickets/{first.number}/").content.decode()
    assert "Chez moi aussi" in page and f'id="t{second.number}e1"' in page
    part = client.get(f"/desk/tickets/{second.number}/").content.decode()
    assert f"Ce ticket fait partie de {first.reference}" in part and 'id="note-text"' not in part
    client.post(f"/desk/tickets/{second.number}/merger", {"undo": "1"})
    with everything():
        assert fresh(second).status == "new"
    client.force_login(world.sofia.account)
    assert client.post(f"/desk/tickets/{second.number}/merger", {"other_words": str(first.number)}).status_code == 403
    with everything():
        assert TicketEntry.objects.filter(kind="merged").count() == 1


def test_a_page_with_many_parts_costs_no_more_queries(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    nadia = world.as_(world.nadia)

    def cost(parts: int) -> int:
        with everything():
            whole = world.ticket()
            for _part in range(parts):
                merging.merge(world.ticket(world.bob), into=whole, actor=nadia)
        with (
            scoped(Scope.of(world.helvetia.pk)),
            CaptureQueriesContext(
                connection,
            ) as queries_made,
        ):
            queries.conversation_for(whole, actor=nadia)
        return len(queries_made)

    assert cost(1) == cost(5)
