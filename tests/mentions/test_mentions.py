"""Naming people and teams in an internal note: who is told, who follows, what is offered and shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from entraide.agent.mentions import with_mentions
from entraide.channels.email.models import OutgoingMail
from entraide.notifications.models import Notification
from entraide.people.models import Person
from entraide.people.rights import Role
from entraide.tickets import actions
from entraide.tickets.mentioning import mentions_in, nameable_in, offered_for
from entraide.tickets.models import Ticket
from tests.api.caller import Caller
from tests.jobs import do_jobs
from tests.mail_in.mails import mail, taken_in
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(world: World) -> Ticket:
    with everything():
        found = world.ticket()
        actions.take(found, actor=world.as_(world.nils))
    do_jobs()
    return found


def told() -> list[str]:
    with everything():
        rows = Notification.objects.filter(kind="mentioned").order_by("person__name")
        return [each.person.name.split()[0] for each in rows]


def note(world: World, ticket: Ticket, text: str, author: Person | None = None) -> Any:
    with everything():
        entry = actions.note(ticket, text=text, actor=world.as_(author or world.nils))
    do_jobs()
    return entry


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@nadia, un avis ?", ["Nadia"]),
        ("Vu avec @Nadia Keller hier.", ["Nadia"]),
        ("(@NADIA KELLER)", ["Nadia"]),
        ("@benoit et @Elena.", ["Benoît", "Elena"]),
        ("@Systèmes : à vous", ["Benoît"]),
        ("@systemes", ["Benoît"]),
        ("@N3", ["Elena"]),
        ("@n1, attention", ["Carla", "Nadia"]),
        ("@N1 et @nadia", ["Carla", "Nadia"]),
        ("nils@nadia.example", []),
        ("écrire à contact@nadia", []),
        ("@nadialine", []),
        ("@nadia-rose", []),
        ("@", []),
        ("@alice @Bob Girard", []),
        ("@adam", []),
        ("@nils", []),
    ],
)
def test_who_is_named_is_told_and_nobody_else(world: World, ticket: Ticket, text: str, who: list[str]) -> None:
    note(world, ticket, text)
    assert told() == who


def test_who_is_named_follows_the_ticket_and_who_is_named_with_their_team_does_not(
    world: World, ticket: Ticket
) -> None:
    entry = note(world, ticket, "@nadia @N2 @nils")
    with everything():
        fresh = Ticket.objects.get(pk=ticket.pk)
        assert fresh.watcher_ids == [world.nadia.pk]
        assert set(entry.event.mentioned_ids) == {world.nadia.pk, world.benoit.pk, world.nils.pk}
        assert fresh.replayed().columns() == fresh.columns()
    note(world, ticket, "@nadia encore")
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).watcher_ids == [world.nadia.pk]


def test_a_first_name_that_two_share_names_nobody_and_the_full_name_the_right_one(world: World, ticket: Ticket) -> None:
    with everything():
        other = Person.objects.create(organisation=world.lemanique, name="Nadia Blanc")
        other.roles.create(role=Role.TECHNICIAN)
    note(world, ticket, "@nadia ?")
    assert told() == []
    note(world, ticket, "@Nadia Blanc ?")
    with everything():
        assert Notification.objects.get(kind="mentioned").person_id == other.pk


def test_somebody_who_may_not_see_this_client_cannot_be_named(world: World) -> None:
    only = world.add(world.lemanique, "Yves Roux", Role.TECHNICIAN, only_in=world.rousseau)
    with everything():
        of_helvetia, of_rousseau = world.ticket(), world.ticket(world.zoe)
    note(world, of_helvetia, "@Yves Roux")
    assert told() == []
    note(world, of_rousseau, "@Yves Roux")
    assert told() == ["Yves"]
    with everything():
        assert Ticket.objects.get(pk=of_rousseau.pk).watcher_ids == [only.pk]


def test_the_mail_carries_the_note_and_what_is_answered_to_it_stays_at_the_desk(world: World, ticket: Ticket) -> None:
    note(world, ticket, "@nadia, le toner ou le tambour ?")
    with everything():
        mail_out = OutgoingMail.objects.get(template="mentioned")
        assert mail_out.recipient == world.email(world.nadia) and "le toner ou le tambour ?" in mail_out.text
        assert "Nils Favre vous mentionne" in mail_out.text
        nadia = world.email(world.nadia)
        raw = mail(
            nadia, to=mail_out.reply_to, subject=f"Re: {mail_out.subject}", message_id="<n-1@lemanique.example>",
            text="Le tambour. @elena confirmera.", In_Reply_To=mail_out.message_id,
        )  # fmt: skip
        taken_in(raw, sender=nadia, to=(mail_out.reply_to,))
        last = ticket.timeline().last()
        assert last.kind == "note_added" and last.actor_person_id == world.nadia.pk
    do_jobs()
    assert told() == ["Elena", "Nadia"]


def test_names_are_offered_by_any_part_of_them_people_before_teams(world: World, ticket: Ticket) -> None:
    with everything():
        nameable = nameable_in(ticket)
    names = lambda typed: [each.name for each in offered_for(typed, nameable)]  # noqa: E731
    assert names("kel") == names("NADIA k") == names("nad") == ["Nadia Keller"]
    assert names("sys") == names("n2") == ["Systèmes"]
    assert names("n")[:2] == ["Nadia Keller", "Nils Favre"] and names("n")[2:] == ["Accueil", "Systèmes", "Experts"]
    assert names("nadia keller") == [] and names("alice") == [] and names("adam") == []
    assert len(names("")) == 8


def test_what_is_offered_is_understood(world: World, ticket: Ticket) -> None:
    with everything():
        nameable = nameable_in(ticket)
    for each in nameable:
        assert mentions_in(f"Voir @{each.name}.", nameable).person_ids == each.person_ids


def test_the_page_offers_others_and_the_note_sets_names_off(world: World, ticket: Ticket, client: Client) -> None:
    client.force_login(world.nadia.account)
    found = client.get(reverse("agent:mentions", args=[ticket.number]), {"q": "n"}).json()["found"]
    assert [each["name"] for each in found] == ["Nils Favre", "Accueil", "Systèmes", "Experts"]
    note(world, ticket, "<b>@nadia</b> & @Nils Favre, nadia@x.example")
    page = client.get(reverse("agent:ticket", args=[ticket.number])).content.decode()
    assert '&lt;b&gt;<span class="mention">@nadia</span>&lt;/b&gt;' in page
    assert '<span class="mention">@Nils Favre</span>' in page
    assert "Nadia Keller suit désormais le ticket" in page


def test_names_are_set_off_in_the_words_and_not_in_the_markup() -> None:
    html = '<p title="@nadia > 1">à @nadia, @nadiane</p><a href="x@nadia">@O&#x27;Neil</a>'
    assert with_mentions(html, ["nadia", "O'Neil"]) == (
        '<p title="@nadia > 1">à <span class="mention">@nadia</span>, @nadiane</p>'
        '<a href="x@nadia"><span class="mention">@O&#x27;Neil</span></a>'
    )
    assert with_mentions(html, []) == html


def test_a_note_by_the_api_names_people_too(world: World, ticket: Ticket) -> None:
    answer = Caller(world.nadia).send("post", f"/tickets/{ticket.number}/notes", {"text": "@elena ?"})
    assert answer.status_code == 201 and answer.json()["mentioned_ids"] == [world.elena.pk]
    do_jobs()
    assert told() == ["Elena"]
