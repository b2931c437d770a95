"""Two things in one ticket, and one thing after a ticket that is closed for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.tickets import actions, following_up, splitting
from entraide.tickets.models import FollowUpRule, Ticket
from entraide.tickets.uploads import keep_upload
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def closed(world: World) -> Ticket:
    ticket = world.ticket(category=world.wifi, tags=("wifi",))
    actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    actions.confirm(ticket, actor=world.as_(world.alice))
    return ticket


def test_a_message_becomes_a_ticket_of_its_own_with_its_file(world: World) -> None:
    with everything():
        ticket = world.ticket()
        upload = keep_upload(SimpleUploadedFile("badge.txt", b"Badge"))
        entry = actions.answer(
            ticket, text="Et mon badge ne marche plus.", attachments=[upload], actor=world.as_(world.alice)
        )
        new = splitting.split(ticket, entries=[entry.number], subject="Badge", actor=world.as_(world.nadia))
        assert (new.subject, new.requester_id) == ("Badge", world.alice.pk)
        # Nadia opens it; the words are Alice's.
        assert new.description.startswith("Alice Martin, ")
        assert new.description.endswith("\nEt mon badge ne marche plus.")
        assert new.attachments.get().name == "badge.txt"
        assert new.links == [["split_from", ticket.pk, ticket.number]]
        assert ticket.links == [["split_into", new.pk, new.number]]
        assert ticket.timeline().last().event.entries == (entry.number,)
        assert new.clocks.get(metric="first_response").started_at == new.opened_at > ticket.opened_at


def test_an_internal_note_is_never_split_off_into_what_the_requester_reads(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        ticket = world.ticket()
        note = actions.note(ticket, text="Client difficile", actor=nadia)
        with pytest.raises(Refused):
            splitting.split(ticket, entries=[note.number], subject="x", actor=nadia)
        assert Ticket.objects.count() == 1


def test_several_messages_keep_who_said_them(world: World) -> None:
    nadia = world.as_(world.nadia)
    with everything():
        ticket = world.ticket()
        one = actions.answer(ticket, text="Mon badge ?", actor=world.as_(world.alice))
        two = actions.reply(ticket, text="Lequel ?", actor=nadia)
        new = splitting.split(ticket, entries=[one.number, two.number], subject="Badge", actor=nadia)
        assert "Alice Martin" in new.description and "Nadia Keller" in new.description
        assert new.description.index("Mon badge ?") < new.description.index("Lequel ?")


def test_the_desk_splits_and_follows_up_on_the_page(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    with everything():
        ticket, done = world.ticket(), closed(world)
        entry = actions.answer(ticket, text="Et mon badge ?", actor=world.as_(world.alice))
    client.post(f"/desk/tickets/{ticket.number}/split", {"entry": entry.number, "subject": "Badge"})
    assert client.post(f"/desk/tickets/{ticket.number}/split", {"subject": "Badge"}).status_code == 422
    form = client.get(f"/desk/tickets/{done.number}/").content.decode()
    assert 'id="follow-up-text"' in form
    answer = client.post(f"/desk/tickets/{done.number}/follow-up", {"subject": "Encore", "text": "Cela recommence."})
    # One goes on in the new ticket, which says so.
    led = client.get(answer["Location"]).content.decode()
    assert "il fait suite à" in led and "Encore" in led
    with everything():
        assert Ticket.objects.get(subject="Badge").requester == world.alice
        again = Ticket.objects.get(subject="Encore")
        assert again.links == [["follow_up_of", done.pk, done.number]]
        assert (again.category, again.tags) == (world.wifi, ["wifi"])
    assert client.post(f"/desk/tickets/{ticket.number}/follow-up", {"text": "x"}).status_code == 422


def test_an_open_ticket_has_no_follow_up(world: World) -> None:
    with everything(), pytest.raises(Conflict):
        following_up.follow_up(world.ticket(), text="x", channel="desk", actor=world.as_(world.nadia))


def test_a_late_answer_in_the_portal_opens_a_follow_up_and_says_so(world: World, client: Client) -> None:
    with everything():
        ticket = closed(world)
    with time_machine.travel(now() + timedelta(days=31)):
        client.force_login(world.alice.account)
        page = client.get(f"/tickets/{ticket.number}/").content.decode()
        assert "votre message en ouvre une nouvelle" in page
        answer = client.post(f"/tickets/{ticket.number}/answers", {"text": "Cela recommence."}, follow=True)
        assert "en a ouvert une nouvelle" in answer.content.decode()
    with everything():
        new = Ticket.objects.exclude(pk=ticket.pk).get()
        assert (new.description, new.requester) == ("Cela recommence.", world.alice)
        assert Ticket.objects.get(pk=ticket.pk).status == "closed"
        # Its requester ties nothing together; the desk does.
        assert new.timeline().last().actor_kind == "system"


def test_an_organisation_may_have_its_own_number_of_days(world: World, client: Client) -> None:
    FollowUpRule.objects.create(days=10)
    FollowUpRule.objects.create(for_organisation=world.helvetia, days=60)
    assert following_up.days_for(world.helvetia.pk) == 60
    assert following_up.days_for(world.rousseau.pk) == 10
    client.force_login(world.adam.account)
    assert "10 jours" in client.get("/desk/settings/follow-ups/").content.decode()
    assert client.post("/desk/settings/follow-ups/new", {"days": 5}).status_code == 422
