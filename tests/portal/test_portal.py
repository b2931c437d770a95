"""The portal: asking, following, answering, confirming; signed in or by a link from a mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entraide.core.clock import now
from entraide.tickets import actions
from entraide.tickets.links import url_for
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    client.force_login(world.alice.account)
    return client


def path_for(ticket: Ticket, person: Any, purpose: Any = "see") -> str:
    return "/t/" + url_for(ticket.pk, person.pk, purpose=purpose).split("/t/")[1]


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def test_a_request_is_sent_and_routed(world: World, alice: Client) -> None:
    form = {"subject": "Plus de son", "text": "Depuis hier", "consequence": "everybody", "kind": "incident",
            "attachments": [SimpleUploadedFile("ecran.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 32)]}  # fmt: skip
    answer = alice.post("/tickets/new", form)
    assert answer.status_code == 302
    with everything():
        ticket = Ticket.objects.get()
        assert ticket.attachments.get().mime == "image/png"
    assert (ticket.channel, ticket.priority, ticket.team_id) == ("portal", 1, world.n1.pk)
    assert ticket.requester_id == world.alice.pk


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": ""}, "en quelques mots"),
        ({"consequence": "doom"}, "à quel point"),
        ({"kind": "wish"}, "type de ticket"),
    ],
)
def test_a_request_that_is_refused_keeps_its_words(
    world: World, alice: Client, changes: dict[str, str], words: str
) -> None:
    form = {"subject": "Plus de son", "text": "Long récit", "consequence": "hindered", "kind": "incident"} | changes
    answer = alice.post("/tickets/new", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Long récit" in answer.content.decode()


def test_the_question_offers_what_was_asked_before(world: World, alice: Client) -> None:
    with everything():
        world.ticket(world.alice, subject="Imprimante du 2e étage")
        world.ticket(world.bob, subject="Imprimante de Bob")
    page = alice.get("/suggestions", {"question": "mon imprimante et le réseau"}).content.decode()
    assert "Imprimante du 2e étage" in page
    assert "Bob" not in page
    assert "Réseau" in page


def test_the_requester_answers_confirms_and_reopens(world: World, alice: Client) -> None:
    ticket = world.ticket()
    alice.post(f"/tickets/{ticket.number}/answers", {"text": "Encore ceci"})
    with everything():
        actions.resolve(fresh(ticket), code="solved", text="Fait", actor=world.as_(world.nadia))
    assert "L&#x27;est-ce pour vous" in alice.get(f"/tickets/{ticket.number}/").content.decode()
    assert alice.post(f"/tickets/{ticket.number}/reopening", {"text": ""}).status_code == 422
    alice.post(f"/tickets/{ticket.number}/reopening", {"text": "Non"})
    assert fresh(ticket).status == "in_progress"
    with everything():
        actions.resolve(fresh(ticket), code="solved", text="Fait", actor=world.as_(world.nadia))
    alice.post(f"/tickets/{ticket.number}/confirmation")
    assert fresh(ticket).status == "closed"


def test_the_client_contact_sees_the_organisations_requests(world: World, client: Client) -> None:
    ticket = world.ticket(world.alice)
    client.force_login(world.claire.account)
    assert ticket.subject in client.get("/tickets/?whose=all&shown=all").content.decode()
    client.force_login(world.bob.account)
    assert ticket.subject not in client.get("/tickets/?whose=all&shown=all").content.decode()


def test_a_link_opens_its_ticket_and_no_other(world: World, client: Client) -> None:
    ticket = world.ticket()
    page = client.get(path_for(ticket, world.alice))
    assert page.status_code == 200
    assert ticket.subject in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert client.get(f"/tickets/{ticket.number}/").status_code == 302, "the link signs nobody in"


def test_opening_a_link_changes_nothing(world: World, client: Client) -> None:
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.nadia))
    for purpose in ("see", "confirm", "reopen"):
        client.get(path_for(ticket, world.alice, purpose))
    assert fresh(ticket).status == "resolved"
    client.post(path_for(ticket, world.alice, "confirm") + "confirmation")
    assert fresh(ticket).status == "closed"


def test_a_link_expires_is_not_forged_and_is_each_ones_own(world: World, client: Client) -> None:
    ticket = world.ticket()
    good = path_for(ticket, world.alice)
    with time_machine.travel(now() + timedelta(days=31)):
        answer = client.get(good)
        assert answer.status_code == 410
        assert "expiré" in answer.content.decode()
    assert client.get(good[:-3] + "xx/").status_code == 410
    assert client.get(path_for(ticket, world.bob)).status_code == 404
    assert client.get(path_for(ticket, world.zoe)).status_code == 404


def test_a_link_dies_when_the_ticket_moves_away(world: World, client: Client) -> None:
    ticket = world.ticket()
    with everything():
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
    assert client.get(path_for(ticket, world.alice)).status_code == 404


def test_people_change_their_language_and_telephone(world: World, alice: Client) -> None:
    assert alice.post("/me/", {"language": "en", "phone": "abc"}).status_code == 422
    assert alice.post("/me/", {"language": "en", "phone": "022 555 01 01"}).status_code == 302
    assert "My data" in alice.get("/me/").content.decode()
    assert "+41225550101" in alice.get("/me/").content.decode()


def test_signing_in_leads_to_where_one_works(world: World, client: Client) -> None:
    from tests.world import PASSWORD

    for person, there in ((world.nadia, "/desk/"), (world.alice, "/")):
        answer = client.post("/account/login/", {"login": world.email(person), "password": PASSWORD})
        assert answer["Location"] == there
        client.logout()
    assert client.get("/account/signup/").status_code == 200
    assert b"<form" not in client.get("/account/signup/").content.split(b"<main")[1].split(b"</main>")[0]


def test_pages_carry_the_strict_policy(world: World, alice: Client) -> None:
    policy = alice.get("/")["Content-Security-Policy"]
    assert "'unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
