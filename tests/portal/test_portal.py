"""The portal: asking, following, answering, confirming; signed in or by a link from a mail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entraide.core.clock import now
from entraide.tickets import actions
from entraide.tickets.links import url_for
from entraide.tickets.models import Attachment, Ticket
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
    assert "L’est-ce pour vous" in alice.get(f"/tickets/{ticket.number}/").content.decode()
    assert alice.post(f"/tickets/{ticket.number}/reopening", {"text": ""}).status_code == 422
    alice.post(f"/tickets/{ticket.number}/reopening", {"text": "Non"})
    assert fresh(ticket).status == "in_progress"
    with everything():
        actions.resolve(fresh(ticket), code="solved", text="Fait", actor=world.as_(world.nadia))
    alice.post(f"/tickets/{ticket.number}/confirmation")
    assert fresh(ticket).status == "closed"


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
    page = alice.get("/me/").content.decode()
    assert "My data" in page and "Your data has been saved." in page
    assert "+41 22 555 01 01" in alice.get("/me/").content.decode()


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


# ── A form that comes twice, or comes back ──────────────────────────────────────────────────────


def hidden(page: bytes, name: str = "once") -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page.decode())


def says(page: Any, *sentences: str) -> bool:
    return any(sentence in page.content.decode() for sentence in sentences)


def text_file(name: str, content: bytes = b"x") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


NEW = {"subject": "Plus de son", "text": "Depuis hier", "consequence": "hindered", "kind": "incident"}


def test_a_request_that_is_sent_twice_makes_one_ticket(world: World, alice: Client) -> None:
    (once,) = hidden(alice.get("/tickets/new").content)
    first = alice.post("/tickets/new", NEW | {"once": once})
    second = alice.post("/tickets/new", NEW | {"once": once})
    assert first["Location"] == second["Location"]
    assert "porte le numéro" in alice.get(second["Location"]).content.decode()
    # "Back", and something else is asked: that is another request.
    assert alice.post("/tickets/new", NEW | {"once": once, "text": "Autre chose"})["Location"] != first["Location"]
    (another,) = hidden(alice.get("/tickets/new").content)
    alice.post("/tickets/new", NEW | {"once": another})
    with everything():
        assert Ticket.objects.count() == 3


@pytest.mark.parametrize("by_link", [False, True])
def test_an_answer_that_is_sent_twice_stands_there_once(world: World, client: Client, by_link: bool) -> None:
    ticket = world.ticket()
    if not by_link:
        client.force_login(world.alice.account)
    base = path_for(ticket, world.alice) if by_link else f"/tickets/{ticket.number}/"
    (once,) = hidden(client.get(base).content)
    for text in ("Encore ceci", "Encore ceci", "Et cela"):
        assert client.post(f"{base}answers", {"text": text, "once": once}).status_code == 302
    with everything():
        said = [entry.event.text for entry in ticket.timeline()]  # type: ignore[attr-defined]
    assert said == ["L'imprimante du 2e étage n'imprime plus.", "Encore ceci", "Et cela"]


def test_the_files_of_a_refused_form_are_kept_until_it_is_right(world: World, alice: Client) -> None:
    files = [text_file("a.txt", b"a"), text_file("b.txt", b"b")]
    page = alice.post("/tickets/new", NEW | {"subject": "", "attachments": files})
    assert page.status_code == 422
    kept = hidden(page.content, "kept")
    assert len(kept) == 2
    assert "a.txt" in page.content.decode()
    # One is unticked, and another chosen.
    alice.post("/tickets/new", NEW | {"kept": kept[:1], "attachments": [text_file("c.txt", b"c")]})
    with everything():
        assert [each.name for each in Ticket.objects.get().attachments.order_by("pk")] == ["a.txt", "c.txt"]


def test_a_kept_file_is_nobody_elses(world: World, alice: Client, client: Client) -> None:
    page = alice.post("/tickets/new", NEW | {"subject": "", "attachments": [text_file("a.txt")]})
    (token,) = hidden(page.content, "kept")
    other = Client()
    other.force_login(world.bob.account)
    assert other.post("/tickets/new", NEW | {"kept": [token]}).status_code == 422
    with everything():
        assert not Ticket.objects.exists()


@pytest.mark.parametrize("where", ["new", "answers"])
def test_too_many_files_are_refused_in_words_and_none_is_lost(world: World, alice: Client, where: str) -> None:
    ticket = world.ticket()
    url = "/tickets/new" if where == "new" else f"/tickets/{ticket.number}/answers"
    files = [text_file(f"{number}.txt", b"%d" % number) for number in range(12)]
    page = alice.post(url, NEW | {"attachments": files})
    assert page.status_code == 422
    assert "12" in page.content.decode()
    assert "Depuis hier" in page.content.decode()
    kept = hidden(page.content, "kept")
    assert len(kept) == 12
    assert alice.post(url, NEW | {"kept": kept[:10]}).status_code == 302
    with everything():
        assert Attachment.objects.count() == 10


def test_who_comes_to_a_verb_by_the_address_bar_is_led_to_the_page(world: World, alice: Client) -> None:
    ticket = world.ticket()
    for base in (f"/tickets/{ticket.number}/", path_for(ticket, world.alice)):
        for verb in ("answers", "confirmation", "reopening"):
            answer = alice.get(base + verb)
            assert (answer.status_code, answer["Location"]) == (302, base)


def test_a_late_confirmation_says_where_the_request_stands(world: World, client: Client) -> None:
    ticket = world.ticket()
    link = path_for(ticket, world.alice, "confirm")
    with everything():
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.nadia))
        actions.reopen(ticket, text="Toujours pas", actor=world.as_(world.nils))
    page = client.post(f"{link}confirmation")
    assert page.status_code == 422
    assert says(page, "est de nouveau ouverte", "is open again already")
    assert "ne peut pas devenir" not in page.content.decode()
    page = client.post(f"{link}reopening", {"text": "Encore en panne"})
    assert says(page, "est de nouveau ouverte", "is open again already")
    assert "Encore en panne" in page.content.decode(), "what was typed is kept"
    with everything():
        actions.resolve(fresh(ticket), code="solved", text="x", actor=world.as_(world.nadia))
        actions.close(fresh(ticket), actor=world.as_(world.carla))
    assert says(client.post(f"{link}confirmation"), "est déjà close", "is closed already")


def test_a_confirmation_or_reopening_that_comes_twice_is_one(world: World, alice: Client) -> None:
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.nadia))
    base = f"/tickets/{ticket.number}/"
    for _ in range(2):
        assert alice.post(f"{base}confirmation")["Location"] == base
    for _ in range(2):
        assert alice.post(f"{base}reopening", {"text": "Non"})["Location"] == base
    with everything():
        assert [entry.kind for entry in ticket.timeline()][2:] == ["confirmed", "reopened"]


def test_the_subject_is_kept_as_a_draft_like_the_text(world: World, alice: Client) -> None:
    # look.js keeps drafts of textareas and of input[type=text].
    page = alice.get("/tickets/new").content.decode()
    (subject,) = re.findall(r"<input[^>]*name=\"subject\"[^>]*>", page)
    assert 'type="text"' in subject


def test_a_word_that_stands_only_in_an_internal_note_finds_nothing_for_the_requester(
    world: World, alice: Client
) -> None:
    ticket = world.ticket()
    with everything():
        actions.note(ticket, text="Soupçon de malveillance", actor=world.as_(world.nadia))
        actions.reply(ticket, text="Le toner arrive demain", actor=world.as_(world.nadia))
    assert ticket.subject not in alice.get("/tickets/?q=malveillance").content.decode()
    assert ticket.subject in alice.get("/tickets/?q=toner").content.decode()
