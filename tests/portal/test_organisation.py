"""The requests of one's organisation, as its contact reads them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from entraide.people.models import RoleGrant, Site
from entraide.people.rights import Role
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def claire(world: World, client: Client) -> Client:
    client.force_login(world.claire.account)
    return client


def page(client: Client, **asked: Any) -> str:
    answer = client.get("/organisation/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def subjects(html: str) -> list[str]:
    return re.findall(r'portal-list-subject">([^<]+)<', html)


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def test_the_contact_sees_who_asked_where_it_stands_and_what_is_promised(world: World, claire: Client) -> None:
    with everything():
        world.ticket(world.alice, subject="Imprimante", site_id=world.plainpalais.pk)
        world.ticket(world.zoe, subject="Rien pour Claire")
    html = page(claire)
    assert subjects(html) == ["Imprimante"]
    for words in (
        "Alice Martin",
        "Plainpalais",
        "Nous avons bien reçu la demande",
        "Prochaines nouvelles de notre part",
    ):
        assert words in html


def test_those_who_are_no_contact_have_no_such_list(world: World, client: Client) -> None:
    for person in (world.alice, world.bob, world.zoe, world.carla):
        client.force_login(person.account)
        assert client.get("/organisation/").status_code == 404
        assert 'href="/organisation/"' not in client.get("/").content.decode()
    client.force_login(world.claire.account)
    assert 'href="/organisation/"' in client.get("/").content.decode()


def test_my_requests_are_ones_own_also_for_the_contact(world: World, claire: Client) -> None:
    with everything():
        world.ticket(world.alice, subject="D'Alice")
        world.ticket(world.claire, subject="De Claire")
    assert subjects(claire.get("/tickets/?whose=all&shown=all").content.decode()) == ["De Claire"]


def test_the_words_are_about_whoever_asked_not_about_the_reader(world: World, claire: Client) -> None:
    with everything():
        waiting, solved = world.ticket(world.alice), world.ticket(world.bob)
        actions.hold(waiting, reason="requester", actor=world.as_(world.nadia))
        actions.resolve(solved, code="solved", text="Fait", actor=world.as_(world.nadia))
    html = page(claire)
    assert "Nous attendons une réponse de la part de Alice Martin." in html
    assert "Bob Girard ne l’a pas encore confirmé" in html
    for ticket in (waiting, solved):
        assert "votre réponse." not in claire.get(f"/tickets/{ticket.number}/").content.decode()


def test_closed_ones_are_shown_on_request(world: World, claire: Client) -> None:
    with everything():
        ticket = world.ticket(subject="Vieille histoire")
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nadia))
        actions.confirm(ticket, actor=world.as_(world.alice))
    assert subjects(page(claire)) == []
    assert "?shown=all" in page(claire)
    assert subjects(page(claire, shown="all")) == ["Vieille histoire"]


def test_it_is_narrowed_by_words_site_and_person(world: World, claire: Client) -> None:
    with everything():
        lancy = Site.objects.create(organisation=world.helvetia, name="Lancy")
        world.ticket(world.alice, subject="Imprimante", site_id=world.plainpalais.pk)
        world.ticket(world.bob, subject="Écran", text="Il clignote.", site_id=lancy.pk)
    assert subjects(page(claire, q="imprimante")) == ["Imprimante"]
    assert subjects(page(claire, who="girard")) == ["Écran"]
    assert subjects(page(claire, site=world.plainpalais.pk)) == ["Imprimante"]
    assert subjects(page(claire, site=world.plainpalais.pk, who="BOB")) == []
    for site in ("x", "9" * 30, world.carouge.pk):
        assert subjects(page(claire, site=site)) == []
    assert subjects(page(claire, shown="rubbish", q="\x00")) == ["Écran", "Imprimante"]


def test_pages_keep_what_was_asked(world: World, claire: Client) -> None:
    with everything():
        for number in range(33):
            world.ticket(world.alice, subject=f"Imprimante {number}")
    first = page(claire, q="imprimante", who="alice")
    assert "33 demandes" in first
    (address,) = re.findall(r'class="btn" href="(\?[^"]+)"', first)
    second = claire.get("/organisation/" + address.replace("&amp;", "&")).content.decode()
    assert len(set(subjects(first) + subjects(second))) == 33


def test_a_contact_of_several_organisations_reads_which_one_it_is(world: World, claire: Client) -> None:
    RoleGrant.objects.create(person=world.claire, role=Role.CLIENT_CONTACT, organisation=world.rousseau)
    with everything():
        world.ticket(world.alice, subject="Imprimante")
        world.ticket(world.zoe, subject="Scanner")
    html = page(claire)
    assert subjects(html) == ["Scanner", "Imprimante"]
    assert "Atelier Rousseau" in html


def test_the_contact_reads_the_conversation_without_notes_and_may_answer(world: World, claire: Client) -> None:
    with everything():
        ticket = world.ticket(world.alice)
        actions.note(ticket, text="Secret du bureau", actor=world.as_(world.nadia))
        actions.hold(ticket, reason="requester", actor=world.as_(world.nadia))
    html = claire.get(f"/tickets/{ticket.number}/").content.decode()
    assert "Secret du bureau" not in html
    assert 'href="/organisation/"' in html
    assert claire.post(f"/tickets/{ticket.number}/answers", {"text": "Je réponds pour elle"}).status_code == 302
    assert fresh(ticket).status == "in_progress"
    with everything():
        assert ticket.timeline().last().actor_person_id == world.claire.pk


def test_whether_it_is_solved_is_for_whoever_asked_to_say(world: World, claire: Client) -> None:
    with everything():
        ticket = world.ticket(world.alice)
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nadia))
    html = claire.get(f"/tickets/{ticket.number}/").content.decode()
    assert "/confirmation" not in html and "/reopening" not in html
    assert claire.post(f"/tickets/{ticket.number}/confirmation").status_code == 422
    assert claire.post(f"/tickets/{ticket.number}/reopening", {"text": "Non"}).status_code == 422
    assert fresh(ticket).status == "resolved"
    # A word from the contact puts it back to work, and the form says so beforehand.
    assert "rouvrir" in html
    claire.post(f"/tickets/{ticket.number}/answers", {"text": "Chez moi non plus"})
    assert fresh(ticket).status == "in_progress"
