"""Who is asked answers: by the link of the mail, in the portal, at the desk."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from entraide.channels.email.models import OutgoingMail
from entraide.core.clock import now
from entraide.tickets import actions
from entraide.tickets.approvals import reads_at_the_desk
from entraide.tickets.approving import approve, withdraw
from entraide.tickets.models import Approval, Ticket
from tests.approvals.desk import as_, asked, link, now_of
from tests.jobs import do_jobs
from tests.mail_in.mails import mail, taken_in
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(world: World) -> Ticket:
    ticket = world.ticket(text="Mon écran est cassé, il m'en faut un autre.")
    with everything():
        actions.note(ticket, text="Celui du stock est rayé.", actor=world.as_(world.nadia))
        actions.reply(ticket, text="Nous demandons un accord.", actor=world.as_(world.nadia))
    return ticket


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("claire", ("demande votre accord", "Réponse souhaitée jusqu’au vendredi 6 mars 2026, 23:59", "même si elle dit «\xa0oui\xa0»")),
        ("bob", ("asks for your approval", "An answer is wanted by Friday 6 March 2026, 23:59", "even if it says “yes”")),
    ],
)  # fmt: skip
def test_the_mail_says_what_is_asked_in_the_readers_language(world: World, who: str, words: tuple[str, ...]) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 8, 0, tzinfo=UTC), tick=False):
        world.bob.language = "en"
        with everything():
            world.bob.save()
        ticket = world.ticket(text="Mon écran est cassé.")
        with everything():
            actions.note(ticket, text="Celui du stock est rayé.", actor=world.as_(world.nadia))
        until = datetime(2026, 3, 6, 22, 59, tzinfo=UTC)
        approval = asked(world, ticket, world.claire, world.bob, until=until)
        do_jobs()
    person = getattr(world, who)
    with everything():
        mail = OutgoingMail.objects.get(template="approval", person=person)
    for each in (*words, "Un écran à 420 CHF ?", "Mon écran est cassé.", "/a/", ticket.reference):
        assert each in mail.text, each
    assert "rayé" not in mail.text + mail.html
    assert "Nadia Keller" in mail.sender and not mail.is_automatic
    assert 'href="http' in mail.html and now_of(approval).is_open


def test_a_link_shows_the_question_and_the_request_and_nothing_internal(
    world: World, client: Client, ticket: Ticket
) -> None:
    approval = asked(world, ticket, world.claire, world.bob)
    page = client.get(link(approval, world.bob))
    said = page.content.decode()
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    for each in ("Un écran à 420 CHF ?", "il m&#x27;en faut un autre", "Alice Martin", "Claire Perret"):
        assert each in said, each
    assert "rayé" not in said and "Nous demandons" not in said
    assert client.get(f"/tickets/{ticket.number}/").status_code == 302, "the link signs nobody in"


def test_opening_the_link_decides_nothing_and_the_button_does(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    path = link(approval, world.claire)
    client.get(path)
    assert client.get(path + "decision").status_code == 302
    assert client.head(path + "decision?decision=approve").status_code == 302
    assert now_of(approval).is_open
    answer = client.post(path + "decision", {"decision": "approve", "text": "D'accord."}, follow=True)
    assert now_of(approval).state == "approved"
    said = answer.content.decode()
    assert "Vous avez approuvé." in said and "D&#x27;accord." in said and 'value="approve"' not in said


def test_a_refusal_without_a_word_is_asked_for_one(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    path = link(approval, world.claire)
    answer = client.post(path + "decision", {"decision": "refuse", "text": "  "})
    assert answer.status_code == 422 and "pourquoi vous refusez" in answer.content.decode()
    assert client.post(path + "decision", {"text": "Hm"}).status_code == 422
    client.post(path + "decision", {"decision": "refuse", "text": "Trop cher."})
    with everything():
        assert now_of(approval).state == "refused"
        assert approval.approvers.get().text == "Trop cher."


def test_a_link_used_again_says_what_was_answered_and_changes_nothing(
    world: World, client: Client, ticket: Ticket
) -> None:
    approval = asked(world, ticket)
    path = link(approval, world.claire)
    for _ in range(2):
        assert client.post(path + "decision", {"decision": "approve"}).status_code == 302
    other = client.post(path + "decision", {"decision": "refuse", "text": "Non, finalement."})
    said = other.content.decode()
    assert other.status_code == 422 and "Vous avez déjà répondu." in said and "Non, finalement." in said
    assert now_of(approval).state == "approved"
    with everything():
        assert ticket.timeline().filter(kind="approval_given").count() == 1


def test_a_link_to_what_is_withdrawn_says_so(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    path = link(approval, world.claire)
    with everything():
        withdraw(ticket, number=approval.number, actor=world.as_(world.nadia))
    said = client.get(path).content.decode()
    assert "retirée entre-temps" in said and 'value="approve"' not in said
    answer = client.post(path + "decision", {"decision": "approve"})
    assert answer.status_code == 422 and "retirée entre-temps" in answer.content.decode()


def test_an_expired_or_forged_link_is_told_apart_from_nothing(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket)
    path = link(approval, world.claire)
    forged = path.replace("/a/", "/a/x")
    assert (
        client.get(forged).status_code == client.post(forged + "decision", {"decision": "approve"}).status_code == 410
    )
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        late = client.post(path + "decision", {"decision": "approve"})
    assert late.status_code == 410 and "expiré" in late.content.decode()
    assert now_of(approval).is_open


def test_a_link_of_a_ticket_opens_no_approval(world: World, client: Client, ticket: Ticket) -> None:
    from entraide.tickets.links import token_for

    asked(world, ticket)
    token = token_for(ticket.pk, world.claire.pk, purpose="see")
    assert client.get(f"/a/{token}/").status_code == 410


def test_whoever_left_or_was_not_asked_finds_nothing_behind_a_link(
    world: World, client: Client, ticket: Ticket
) -> None:
    approval = asked(world, ticket)
    assert client.get(link(approval, world.alice)).status_code == 404
    path = link(approval, world.claire)
    with everything():
        world.claire.is_active = False
        world.claire.save()
    assert client.get(path).status_code == 404
    assert client.post(path + "decision", {"decision": "approve"}).status_code == 404


def test_the_portal_lists_what_waits_and_what_is_settled(world: World, client: Client, ticket: Ticket) -> None:
    first = asked(world, ticket, question="Un clavier ?")
    second = asked(world, ticket, world.bob, question="Une souris ?")
    as_(client, world.claire)
    page = client.get("/approvals/").content.decode()
    assert "Un clavier ?" in page and "Une souris ?" not in page
    assert 'href="/approvals/"' in client.get("/").content.decode()
    answer = client.post(f"/approvals/{first.pk}/decision", {"decision": "approve"}, follow=True)
    assert "You have approved." in answer.content.decode()
    page = client.get("/approvals/").content.decode()
    assert "Nothing waits for your answer." in page and "Un clavier ?" in page
    assert client.get(f"/approvals/{second.pk}/").status_code == 404
    assert client.post(f"/approvals/{second.pk}/decision", {"decision": "approve"}).status_code == 404


def test_who_was_never_asked_has_no_approvals_in_the_menu(world: World, client: Client, ticket: Ticket) -> None:
    asked(world, ticket)
    assert 'href="/approvals/"' not in as_(client, world.alice).get("/").content.decode()


def test_who_may_see_the_request_is_led_to_it(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.claire, world.bob)
    whole = f'href="/tickets/{ticket.number}/"'
    assert whole in as_(client, world.claire).get(f"/approvals/{approval.pk}/").content.decode()
    assert whole not in as_(client, world.bob).get(f"/approvals/{approval.pk}/").content.decode()


def test_the_list_costs_the_same_however_much_there_is(
    world: World, client: Client, ticket: Ticket, django_assert_max_num_queries: Any
) -> None:
    for each in range(8):
        approval = asked(world, ticket, question=f"Question {each} ?")
        if each % 2:
            with everything():
                withdraw(ticket, number=approval.number, actor=world.as_(world.nadia))
    as_(client, world.claire)
    # The first page after signing in notes that.
    client.get("/me/")
    with django_assert_max_num_queries(16):
        client.get("/approvals/")


def test_the_desk_asks_from_the_page_of_the_ticket(world: World, client: Client, ticket: Ticket) -> None:
    as_(client, world.nadia)
    page = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "Ask for an approval" in page and "Claire Perret" in page
    form = {
        "question": "Un écran à 420 CHF ?", "people": [str(world.claire.pk), str(world.marc.pk)], "emails": "bob@helvetia.example",
        "rule": "all", "until": (now() + timedelta(days=4)).date().isoformat(), "holds": "on",
    }  # fmt: skip
    answer = client.post(f"/desk/tickets/{ticket.number}/approvals", form)
    assert answer.status_code == 302
    with everything():
        approval = Approval.objects.get()
        people = {each.person_id for each in approval.approvers.all()}
    assert people == {world.claire.pk, world.marc.pk, world.bob.pk}
    assert (approval.rule, approval.asked_by_id, now_of(ticket).status) == ("all", world.nadia.pk, "waiting")
    page = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "Un écran à 420 CHF ?" in page and "everybody must approve" in page and "mark-awaited" in page
    client.post(f"/desk/tickets/{ticket.number}/approvals", {"withdraw": str(approval.number)})
    assert now_of(approval).state == "withdrawn"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"question": ""}, "Say what is to be approved."),
        ({"people": []}, "Choose who is to approve."),
        ({"people": ["999999"]}, "Choose people who are there."),
        ({"emails": "personne@nulle.example"}, "has the address personne@nulle.example"),
        ({"emails": "zoe@rousseau.example"}, "Zoé Lambert is neither"),
        ({"until": "hier"}, "is not a day"),
        ({"until": "2020-01-01"}, "This day has passed."),
    ],
)
def test_a_refused_question_keeps_what_was_typed(
    world: World, client: Client, ticket: Ticket, changes: dict[str, Any], words: str
) -> None:
    form = {"question": "Un écran à 420 CHF ?", "people": [str(world.claire.pk)], "rule": "all", **changes}
    answer = as_(client, world.nadia).post(f"/desk/tickets/{ticket.number}/approvals", form)
    said = answer.content.decode()
    assert answer.status_code == 422 and words in said
    if form["question"]:
        assert "Un écran à 420 CHF ?</textarea>" in said
    assert 'value="all" checked' in said and 'name="holds">' in said.replace(" checked", "") and "<details open" in said
    with everything():
        assert not Approval.objects.exists()


def test_one_of_the_desk_answers_on_the_page_of_the_ticket(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.benoit)
    path = f"/desk/tickets/{ticket.number}/"
    assert 'value="approve"' not in as_(client, world.nadia).get(path).content.decode()
    as_(client, world.benoit)
    assert 'value="approve"' in client.get(path).content.decode()
    form = {"number": str(approval.number), "decision": "refuse", "text": ""}
    assert client.post(path + "approval-decision", form).status_code == 422
    assert client.post(path + "approval-decision", form | {"text": "Pas ce trimestre."}).status_code == 302
    assert now_of(approval).state == "refused"
    page = client.get(path).content.decode()
    assert "Pas ce trimestre." in page and "entry-approval" in page


def test_who_only_reads_is_offered_nothing_and_refused(world: World, client: Client, ticket: Ticket) -> None:
    as_(client, world.sofia)
    path = f"/desk/tickets/{ticket.number}/"
    assert "Ask for an approval" not in client.get(path).content.decode()
    form = {"question": "?", "people": [str(world.claire.pk)], "rule": "any"}
    assert client.post(path + "approvals", form).status_code == 403


def test_the_requester_reads_that_an_approval_is_awaited_and_not_what_was_asked(
    world: World, client: Client, ticket: Ticket
) -> None:
    asked(world, ticket, holds=True)
    page = as_(client, world.alice).get(f"/tickets/{ticket.number}/").content.decode()
    assert "The request waits for an approval." in page
    assert "420 CHF" not in page


@pytest.mark.parametrize(
    ("who", "kind"), [("claire", "requester_wrote"), ("bob", "stranger_wrote"), ("adam", "stranger_wrote")]
)
def test_a_mail_that_says_yes_becomes_a_message_and_decides_nothing(
    world: World, ticket: Ticket, who: str, kind: str
) -> None:
    person = getattr(world, who)
    approval = asked(world, ticket, person)
    do_jobs()
    with everything():
        asking = OutgoingMail.objects.get(template="approval")
    address = world.email(person)
    raw = mail(
        address, to=asking.reply_to, text="Oui, ok !", In_Reply_To=asking.message_id, References=asking.message_id
    )
    taken_in(raw, sender=address, to=(asking.reply_to,))
    with everything():
        entry = ticket.timeline().last()
    assert (entry.kind, entry.data["text"]) == (kind, "Oui, ok !")
    assert now_of(approval).is_open


def test_what_one_of_the_desk_answers_by_mail_stays_at_the_desk(world: World, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.benoit)
    do_jobs()
    with everything():
        asking = OutgoingMail.objects.get(template="approval_asked")
    address = world.email(world.benoit)
    raw = mail(address, to=asking.reply_to, text="Oui.", In_Reply_To=asking.message_id, References=asking.message_id)
    taken_in(raw, sender=address, to=(asking.reply_to,))
    with everything():
        assert ticket.timeline().last().kind == "note_added"
    assert now_of(approval).is_open


def test_an_administrator_answers_by_the_link(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.adam)
    with everything():
        assert not reads_at_the_desk(world.adam, ticket)
    assert client.post(link(approval, world.adam) + "decision", {"decision": "approve"}).status_code == 302
    assert now_of(approval).state == "approved"


def test_what_waits_for_my_answer_stands_on_the_first_page(world: World, client: Client, ticket: Ticket) -> None:
    approval = asked(world, ticket, world.claire)
    page = as_(client, world.claire, "fr").get("/").content.decode()
    waits = page.split('aria-labelledby="awaited"')[1].split("</section>")[0]
    assert "Un écran à 420 CHF ?" in waits and f'href="/approvals/{approval.pk}/"' in waits
    assert re.search(r'href="/approvals/"[^>]*>Accords <span class="portal-awaits">1</span>', page)
    with everything():
        approve(ticket, number=approval.number, actor=world.as_(world.claire))
    page = as_(client, world.claire, "fr").get("/").content.decode()
    assert "awaited" not in page and "portal-awaits" not in page
