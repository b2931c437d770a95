"""The requester sees nothing of it, by no way; the desk sees it apart from everything else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from entraide.channels.email.models import OutgoingMail
from entraide.tickets import actions, merging
from entraide.tickets.finding import search
from entraide.tickets.links import url_for
from entraide.tickets.models import Attachment, Ticket
from tests.api.caller import Caller, is_problem
from tests.jobs import do_jobs
from tests.mail_in.mails import mail, taken_in
from tests.third_parties.conversation import HOTLINE, a_file, answer, last, written
from tests.world import World, everything

pytestmark = pytest.mark.django_db
SECRETS = ("Zirkonium", "Palladium", "hp.example", "prix.txt", "journal.log", "Confidentiel")


@pytest.fixture
def ticket(world: World) -> Ticket:
    """Alice's ticket with a conversation beside hers."""
    with everything():
        found = world.ticket()
        actions.take(found, actor=world.as_(world.nils))
    sent = written(
        world, found, "Zirkonium ?", subject="Confidentiel", attachments=[a_file("journal.log")], hold_reason="supplier"
    )
    answer(sent, "Palladium.", files=(("prix.txt", "text/plain", b"100"),))
    return found


def test_no_page_of_the_portal_shows_it(world: World, ticket: Ticket, client: Client) -> None:
    for person in (world.alice, world.claire):
        client.force_login(person.account)
        for name in ("portal:tickets", "portal:home"):
            page = client.get(reverse(name)).content.decode()
            assert not [each for each in SECRETS if each in page], name
        page = client.get(reverse("portal:ticket", args=[ticket.number])).content.decode()
        assert "imprime plus" in page and not [each for each in SECRETS if each in page]
        assert ticket.subject not in client.get(reverse("portal:tickets"), {"q": "Palladium"}).content.decode()
        with everything():
            files = list(Attachment.objects.filter(ticket=ticket))
        assert len(files) == 2
        for each in files:
            address = reverse("portal:attachment", args=[ticket.number, each.pk, each.name])
            assert client.get(address).status_code == 404
    client.logout()
    page = client.get(url_for(ticket.pk, world.alice.pk, purpose="see"), follow=True).content.decode()
    assert "imprime plus" in page and not [each for each in SECRETS if each in page]


def test_no_program_of_theirs_reads_it(world: World, ticket: Ticket) -> None:
    for person in (world.alice, world.claire):
        caller = Caller(person)
        timeline = caller.get(f"/tickets/{ticket.number}/timeline").content.decode()
        assert "imprime plus" in timeline and not [each for each in SECRETS if each in timeline]
        assert is_problem(caller.get(f"/tickets/{ticket.number}/third-parties"), 404)
        said = {"to": [HOTLINE], "subject": "x", "text": "x"}
        assert is_problem(caller.send("post", f"/tickets/{ticket.number}/third-parties", said), 403)


def test_no_mail_to_them_says_anything_of_it(world: World, ticket: Ticket) -> None:
    with everything():
        actions.reply(ticket, text="Nous avons une réponse.", actor=world.as_(world.nils))
        actions.resolve(ticket, code="third_party", text="Réparé.", actor=world.as_(world.nils))
        do_jobs()
        outside = set(OutgoingMail.objects.filter(template="third_party").values_list("message_id", flat=True))
        mails = list(OutgoingMail.objects.filter(person=world.alice))
        assert len(mails) >= 3
        for each in mails:
            assert not [secret for secret in SECRETS if secret in f"{each.subject}{each.text}{each.html}{each.cc}"]
            assert not outside & {*each.references, each.in_reply_to} and "<a1@hp.example>" not in each.references


def test_its_words_are_found_by_the_desk_alone(world: World, ticket: Ticket) -> None:
    with everything():
        for words in ("Zirkonium", "Palladium", "prix.txt"):
            assert list(search(Ticket.objects.all(), words, actor=world.as_(world.nadia))) == [ticket]
            for person in (world.alice, world.claire):
                assert not search(Ticket.objects.all(), words, actor=world.as_(person)).exists()


def test_tickets_with_third_parties_are_found_by_an_operator(world: World, ticket: Ticket, client: Client) -> None:
    with everything():
        world.ticket(subject="Sans fournisseur")
    client.force_login(world.nadia.account)
    for words in ("has:third-party", "avec:tiers"):
        page = client.get(reverse("agent:desk"), {"view": "all", "q": words}).content.decode()
        assert ticket.subject in page and "Sans fournisseur" not in page


def test_who_was_written_to_is_not_on_the_ticket(world: World) -> None:
    """A person of the client in copy of a mail to a third party may answer that mail, and nothing else."""
    with everything():
        ticket = world.ticket()
    written(world, ticket, to=[HOTLINE, "bob@helvetia.example"])
    found = taken_in(
        mail("bob@helvetia.example", subject=f"[{ticket.reference}] Alors ?", message_id="<b@helvetia.example>"),
        sender="bob@helvetia.example",
    )
    assert found.ticket != ticket
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).watcher_ids == []


def test_the_desk_sees_it_apart_and_reads_it_by_conversation(world: World, ticket: Ticket, client: Client) -> None:
    client.force_login(world.nadia.account)
    page = client.get(reverse("agent:ticket", args=[ticket.number])).content.decode()
    assert page.count('class="entry entry-outside"') == 2
    assert "le demandeur ne le voit pas" in page
    assert "HP Hotline" in page and "Confidentiel" in page
    key = f"{ticket.number}-{last(ticket).event.conversation.partition('-')[2]}"  # type: ignore[attr-defined]
    page = client.get(reverse("agent:ticket", args=[ticket.number]), {"conversation": key}).content.decode()
    assert f'name="conversation" value="{key}"' in page and f'value="{HOTLINE}"' in page
    client.force_login(world.sofia.account)
    page = client.get(reverse("agent:ticket", args=[ticket.number])).content.decode()
    assert "Palladium." in page and 'id="panel-third_parties"' not in page


def test_a_merged_tickets_conversations_are_read_in_the_whole(world: World, ticket: Ticket, client: Client) -> None:
    with everything():
        whole = world.ticket(subject="Toutes")
        merging.merge(ticket, into=whole, actor=world.as_(world.nils))
    client.force_login(world.nadia.account)
    page = client.get(reverse("agent:ticket", args=[whole.number])).content.decode()
    assert page.count('class="entry entry-outside"') == 2 and "Confidentiel" in page
    client.force_login(world.alice.account)
    page = client.get(reverse("portal:ticket", args=[whole.number])).content.decode()
    assert not [each for each in SECRETS if each in page]


def test_a_program_of_the_desk_reads_and_writes(world: World, ticket: Ticket) -> None:
    nadia = Caller(world.nadia)
    path = f"/tickets/{ticket.number}/third-parties"
    (conversation,) = nadia.get(path).json()
    assert (conversation["subject"], conversation["addresses"]) == ("Confidentiel", [HOTLINE])
    assert [each["text"] for each in conversation["entries"]] == ["Zirkonium ?", "Palladium."]
    assert [each["is_public"] for each in conversation["entries"]] == [False, False]
    more = {"to": [HOTLINE], "text": "Merci.", "conversation": conversation["key"]}
    assert nadia.send("post", path, more).status_code == 201
    other = {"to": ["zoe@rousseau.example"], "subject": "x", "text": "x"}
    assert is_problem(nadia.send("post", path, other), 409)
    assert nadia.send("post", path, {**other, "confirmed": True, "hold_reason": "supplier"}).status_code == 201
    assert is_problem(nadia.send("post", path, {**other, "to": ["Zoé"]}), 422)
    assert [len(each["entries"]) for each in nadia.get(path).json()] == [3, 1]
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).status == "waiting"


def test_the_number_of_queries_does_not_grow_with_conversations(
    world: World, ticket: Ticket, client: Client, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(world.nadia.account)
    address = reverse("agent:ticket", args=[ticket.number])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for n in range(4):
        answer(written(world, ticket, subject=f"Offre {n}"), f"Prix {n}", message_id=f"<o{n}@hp.example>")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
