"""The ticket at the desk: each verb by its form, refusals that keep what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.force_login(world.nadia.account)
    return client


def post(client: Client, ticket: Ticket, verb: str, **data: Any) -> Any:
    return client.post(f"/desk/tickets/{ticket.number}/{verb}", data)


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def kinds_of(ticket: Ticket) -> list[str]:
    with everything():
        return [entry.kind for entry in ticket.timeline()]


@pytest.mark.parametrize(
    ("verb", "data", "kind"),
    [
        ("replies", {"text": "Bonjour"}, "replied"),
        ("notes", {"text": "Pilote"}, "note_added"),
        ("ownership", {}, "taken"),
        ("hold", {"reason": "requester"}, "put_on_hold"),
        ("hold", {"reason": "agreed_date", "until": "2099-03-02T08:00"}, "put_on_hold"),
        ("resolution", {"code": "solved", "text": "Fait"}, "resolved"),
        ("fields", {"subject": "Autre", "impact": "1", "tags": "b, A,b"}, "fields_edited"),
        ("priority", {"priority": "1", "reason": "Paie"}, "priority_overridden"),
        ("watchers", {"email": "bob@helvetia.example"}, "watcher_added"),
        ("beneficiary", {"email": "bob@helvetia.example"}, "fields_edited"),
    ],
)
def test_each_verb_writes_its_entry(world: World, nadia: Client, verb: str, data: dict[str, str], kind: str) -> None:
    ticket = world.ticket()
    answer = post(nadia, ticket, verb, **data)
    assert answer.status_code == 302
    assert kinds_of(ticket)[-1] == kind


def test_a_handover_is_accepted_or_sent_back(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    said = {"observed": "a", "tried": "b", "asked": "c"}
    assert post(nadia, ticket, "escalation", team=world.n2.pk, **said).status_code == 302
    nadia.force_login(world.benoit.account)
    assert post(nadia, ticket, "handover-return", reason="Quel modèle ?").status_code == 302
    assert fresh(ticket).level == 1
    assert post(nadia, ticket, "escalation", team=world.n2.pk, **said).status_code == 302
    assert post(nadia, ticket, "handover-acceptance").status_code == 302
    assert fresh(ticket).assignee_id == world.benoit.pk


@pytest.mark.parametrize(
    ("verb", "data", "words"),
    [
        ("replies", {"text": "  "}, "Écrivez un message"),
        ("escalation", {"observed": "Écran bleu", "tried": "", "asked": "x"}, "ce qui a été essayé"),
        ("hold", {"reason": "agreed_date"}, "jusqu’à quand"),
        ("hold", {"reason": "nonsense"}, "ce que le ticket attend"),
        ("hold", {"reason": "agreed_date", "until": "2001-01-01T08:00"}, "moment est passé"),
        ("hold", {"reason": "agreed_date", "until": "demain"}, "la date et l’heure"),
        ("resolution", {"code": "solved", "text": ""}, "ce qui a été fait"),
        ("resolution", {"code": "magic", "text": "x"}, "comment le ticket a été résolu"),
        ("priority", {"priority": "1", "reason": ""}, "diffère"),
        ("watchers", {"email": "nobody@example.org"}, "nobody@example.org"),
        ("fields", {"kind": "nonsense"}, "type de ticket"),
        ("assignment", {"team": "999999"}, "Choisissez une équipe"),
    ],
)
def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(
    world: World, nadia: Client, verb: str, data: dict[str, str], words: str
) -> None:
    ticket = world.ticket()
    if verb == "escalation":
        data = {**data, "team": str(world.n2.pk)}
    answer = post(nadia, ticket, verb, **data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    if verb == "escalation":
        assert "Écran bleu" in page
    assert kinds_of(ticket) == ["ticket_opened"]


def test_a_reply_asks_first_when_a_message_arrived_meanwhile(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    seen = ticket.last_message_number
    with everything():
        actions.answer(ticket, text="Encore ceci", actor=world.as_(world.alice))
    answer = post(nadia, ticket, "replies", text="Ma réponse", seen=seen)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Un message est arrivé pendant que vous écriviez" in page
    assert "Ma réponse" in page
    assert "Encore ceci" in page
    assert post(nadia, ticket, "replies", text="Ma réponse", seen=fresh(ticket).last_message_number).status_code == 302


def test_a_question_and_its_hold_happen_both_or_not_at_all(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    assert post(nadia, ticket, "hold", reason="agreed_date", text="Quand ?").status_code == 422
    assert kinds_of(ticket) == ["ticket_opened"]
    assert post(nadia, ticket, "hold", reason="requester", text="Quand ?").status_code == 302
    assert kinds_of(ticket)[1:] == ["replied", "put_on_hold"]


def test_who_may_only_read_is_refused_and_told(world: World, client: Client) -> None:
    client.force_login(world.sofia.account)
    ticket = world.ticket()
    answer = post(client, ticket, "replies", text="Bonjour")
    assert answer.status_code == 403
    assert "pas le droit" in answer.content.decode()
    assert kinds_of(ticket) == ["ticket_opened"]
    assert post(client, ticket, "notes", text="À surveiller").status_code == 302


def test_files_are_kept_by_content_and_served_safely(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    evil = SimpleUploadedFile("../../page.html", b"<!doctype html><script>alert(1)</script>", content_type="image/png")
    post(nadia, ticket, "replies", text="Voir", attachments=[evil])
    with everything():
        attachment = ticket.attachments.get()
    assert attachment.name == "page.html"
    served = nadia.get(f"/desk/attachments/{attachment.pk}/page.html")
    assert served["Content-Disposition"].startswith("attachment")
    assert "sandbox" in served["Content-Security-Policy"]
    assert served["X-Content-Type-Options"] == "nosniff"
    assert b"".join(served.streaming_content) == b"<!doctype html><script>alert(1)</script>"  # type: ignore[arg-type]


def test_a_note_and_its_files_are_hidden_from_the_requester(world: World, nadia: Client, client: Client) -> None:
    ticket = world.ticket()
    post(nadia, ticket, "notes", text="Secret de Polichinelle", attachments=[SimpleUploadedFile("plan.txt", b"plan")])
    with everything():
        attachment = ticket.attachments.get()
    client.force_login(world.alice.account)
    assert "Polichinelle" not in client.get(f"/tickets/{ticket.number}/").content.decode()
    assert client.get(f"/tickets/{ticket.number}/attachments/{attachment.pk}/plan.txt").status_code == 404


def test_hostile_words_are_shown_as_words(world: World, nadia: Client) -> None:
    html = '<img src="https://track.example/x.gif"><script>alert(1)</script><a href="javascript:alert(1)">ici</a>'
    ticket = world.ticket(subject="<script>alert(1)</script>", text="<b>x</b>", html=html)
    page = nadia.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "javascript:" not in page
    assert ' src="https://track.example' not in page
    assert "image distante" in page
    asked = nadia.get(f"/desk/tickets/{ticket.number}/?images=yes")
    assert ' src="https://track.example' in asked.content.decode()
    assert "img-src 'self' data: https:" in asked["Content-Security-Policy"]


def test_moving_a_ticket_takes_it_to_the_right_organisation(world: World, client: Client) -> None:
    client.force_login(world.carla.account)
    ticket = world.ticket()
    assert post(client, ticket, "organisation", email="zoe@rousseau.example").status_code == 302
    assert fresh(ticket).organisation_id == world.rousseau.pk
    client.force_login(world.alice.account)
    assert client.get(f"/tickets/{ticket.number}/").status_code == 404


def test_whoever_clicks_second_does_not_take_a_ticket_away(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    with everything():
        actions.take(ticket, actor=world.as_(world.nils))
    answer = post(nadia, ticket, "ownership", instead_of="")
    assert answer.status_code == 422
    assert "Nils Favre vient de prendre ce ticket" in answer.content.decode()
    assert fresh(ticket).assignee_id == world.nils.pk
    assert post(nadia, ticket, "ownership", instead_of=world.nils.pk).status_code == 302


def test_an_old_form_does_not_put_back_what_somebody_else_changed(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    seen = ticket.version
    with everything():
        actions.edit(ticket, changes={"subject": "Mieux dit"}, actor=world.as_(world.nils))
    answer = post(nadia, ticket, "fields", subject="Imprimante en panne", urgency="1", version=seen)
    assert answer.status_code == 422
    assert fresh(ticket).subject == "Mieux dit"
    assert post(nadia, ticket, "fields", urgency="1", version=fresh(ticket).version).status_code == 302
