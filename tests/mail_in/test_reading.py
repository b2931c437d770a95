"""What becomes of a message that was kept: a ticket, an entry on its ticket, or a visible reason why not."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection

from entraide.agent.shown import shown_lines
from entraide.channels.email import processing, reading
from entraide.channels.email.addresses import ticket_address
from entraide.channels.email.incoming import keep, read_again
from entraide.channels.email.message_ids import DESK_HEADER, desk_id
from entraide.channels.email.models import IncomingMail, Mailbox, OutgoingMail, ThreadLink
from entraide.channels.email.processing import ATTEMPTS_AT_MOST, process
from entraide.channels.email.words import FOR_THE_DESK
from entraide.core.files import read_stored
from entraide.core.owned import OtherOrganisation
from entraide.people.models import MailAddress, Organisation, Person
from entraide.tickets import actions
from entraide.tickets.models import Attachment, Ticket
from tests.at_once import at_once
from tests.mail_in.mails import SUPPORT, entries, last_event, mail, sent, taken_in, tickets
from tests.world import World, everything

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in entries(ticket)]


# ── A new ticket ────────────────────────────────────────────────────────────────────────────────


def test_a_mail_of_somebody_known_becomes_their_ticket(world: World) -> None:
    row = taken_in(mail(files=(("écran.png", "image/png", PNG),)))
    (ticket,) = tickets()
    assert (row.outcome, row.ticket_id, row.reason) == ("ticket", ticket.pk, "")
    assert ticket.requester_id == world.alice.pk
    assert ticket.organisation_id == world.helvetia.pk
    assert (ticket.subject, ticket.channel, ticket.tags) == ("Le VPN ne répond plus", "mail", [])
    assert "ne répond plus depuis ce matin" in ticket.description
    (entry,) = entries(ticket)
    assert entry.actor_person_id == world.alice.pk
    assert entry.event.source == f"mail:{row.pk}"  # type: ignore[attr-defined]
    with everything():
        (file,) = Attachment.objects.all()
    assert (file.name, file.mime) == ("écran.png", "image/png")
    assert read_stored(file.digest) == PNG
    assert (row.sender, row.subject, row.message_id) == (
        "alice@helvetia.example", "Le VPN ne répond plus", "<vpn-1@helvetia.example>",
    )  # fmt: skip
    assert row.may_be_answered


def test_reading_a_mail_twice_makes_one_ticket(world: World) -> None:
    row = taken_in(mail())
    process(row.pk)
    taken_in(mail())
    assert len(tickets()) == 1
    assert len(entries(tickets()[0])) == 1


def test_a_newcomer_is_enrolled_by_the_domain_of_their_address(world: World) -> None:
    taken_in(mail("Paul Rochat <paul@it.helvetia.example>"))
    (ticket,) = tickets()
    assert ticket.requester.name == "Paul Rochat"
    assert (ticket.organisation_id, ticket.tags) == (world.helvetia.pk, [])


def test_somebody_whom_nobody_knows_comes_under_the_house_and_is_marked(world: World) -> None:
    taken_in(mail("Inconnue <quelquun@ailleurs.example>"))
    (ticket,) = tickets()
    assert (ticket.organisation_id, ticket.tags) == (world.lemanique.pk, ["unknown-sender"])


def test_somebody_whom_nobody_knows_comes_under_the_organisation_of_the_mailbox(world: World) -> None:
    address = "aide@rousseau.example"
    Mailbox.objects.create(name="R", address=address, host="x", username="x", organisation=world.rousseau)
    taken_in(mail("Inconnue <quelquun@ailleurs.example>"), to=(address,))
    (ticket,) = tickets()
    assert (ticket.organisation_id, ticket.tags) == (world.rousseau.pk, ["unknown-sender"])


def test_on_a_desk_where_nobody_was_entered_yet_a_mail_becomes_a_ticket_all_the_same() -> None:
    assert not Organisation.objects.exists()
    assert taken_in(mail()).outcome == "ticket"
    assert Organisation.objects.get().supports


def test_a_mail_without_subject_and_body_says_so_and_leads_to_its_original(world: World) -> None:
    row = taken_in(mail(subject="", text=""))
    (ticket,) = tickets()
    assert ticket.subject == "(sans objet)"
    with everything():
        (line,) = shown_lines(ticket.timeline(), allow_remote_images=False)
    assert line.is_message
    assert line.line.text == "(message vide)"
    assert line.mail_id == row.pk


def test_a_mail_that_names_no_sender_waits_for_somebody_with_its_subject(world: World) -> None:
    for number in (1, 2):
        row = taken_in(f"X-Nothing: {number}\r\nSubject: Alerte {number}\r\n\r\n\r\n".encode(), sender="<>")
        assert (row.outcome, row.subject) == ("quarantined", f"Alerte {number}")
        assert "expéditeur" in row.reason or "sender" in row.reason
    assert tickets() == []


def test_what_goes_into_quarantine_shows_whose_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_args: Any, **_kwargs: Any) -> None:
        raise OtherOrganisation("two organisations")

    monkeypatch.setattr(actions, "open_ticket", breaks)
    row = taken_in(mail())
    assert (row.outcome, row.sender, row.subject, row.message_id) == (
        "quarantined", "alice@helvetia.example", "Le VPN ne répond plus", "<vpn-1@helvetia.example>",
    )  # fmt: skip


def test_a_web_form_that_writes_in_our_name_is_answered_to_its_person(world: World) -> None:
    taken_in(mail(f"Formulaire <{SUPPORT}>", Reply_To="Bob Girard <bob@helvetia.example>"))
    assert tickets()[0].requester_id == world.bob.pk


def test_the_type_of_a_file_is_what_its_bytes_show(world: World) -> None:
    page = b"<html><script>alert(1)</script></html>"
    taken_in(mail(files=(("facture.pdf", "application/pdf", page), ("x.pdf", "application/pdf", b"%PDF-1.7\n..."))))
    with everything():
        assert [file.mime for file in Attachment.objects.order_by("pk")] == ["text/html", "application/pdf"]


# ── An answer on its ticket ─────────────────────────────────────────────────────────────────────


def answer(sender: str = "alice@helvetia.example", **given: Any) -> bytes:
    usual = {"subject": "Re: Imprimante", "text": "Merci, mais non.", "message_id": "<answer-1@helvetia.example>"}
    return mail(sender, **{**usual, **given})


def test_an_answer_finds_its_ticket_by_our_message_id(world: World) -> None:
    ticket = world.ticket()
    sent(ticket, world.alice, to="alice@helvetia.example", message_id="<ours@entraide.localhost>")
    row = taken_in(answer(In_Reply_To="<ours@entraide.localhost>"))
    assert (row.outcome, row.ticket_id) == ("followup", ticket.pk)
    assert last_event(ticket).kind == "requester_wrote"
    assert last_event(ticket).text == "Merci, mais non."
    assert entries(ticket)[-1].actor_person_id == world.alice.pk


def test_an_answer_to_an_answer_finds_its_ticket_by_the_senders_own_message_id(world: World) -> None:
    taken_in(mail())
    row = taken_in(answer(References="<unknown@x.example> <vpn-1@helvetia.example>"))
    assert (row.outcome, row.ticket_id) == ("followup", tickets()[0].pk)
    row = taken_in(answer(message_id="<answer-2@helvetia.example>", In_Reply_To="<answer-1@helvetia.example>"))
    assert row.outcome == "followup"


def test_an_answer_finds_its_ticket_by_the_signed_address(world: World) -> None:
    ticket = world.ticket()
    row = taken_in(answer(), to=(ticket_address(ticket).upper(),))
    assert (row.outcome, row.ticket_id) == ("followup", ticket.pk)
    row = taken_in(answer(to=ticket_address(ticket), message_id="<answer-2@helvetia.example>"))
    assert (row.outcome, row.ticket_id) == ("followup", ticket.pk)


def test_a_forged_address_leads_nowhere(world: World) -> None:
    ticket = world.ticket()
    forged = f"support+{ticket.number}.aaaaaaaaaaaaaaaa@entraide.localhost"
    assert taken_in(answer("Bob <bob@helvetia.example>"), to=(forged,)).outcome == "ticket"
    other = world.ticket()
    swapped = ticket_address(ticket).replace(f"+{ticket.number}.", f"+{other.number}.")
    row = taken_in(answer("Bob <bob@helvetia.example>", message_id="<2@x.example>"), to=(swapped,))
    assert row.outcome == "ticket"


def test_a_number_in_the_subject_is_believed_of_those_on_the_ticket_only(world: World) -> None:
    ticket = world.ticket()
    subject = f"Re: [{ticket.reference}] Imprimante"
    assert taken_in(answer(subject=subject)).ticket_id == ticket.pk
    others = ("bob@helvetia.example", "paul@helvetia.example", "x@ailleurs.example", "nadia@lemanique.example")
    for number, sender in enumerate(others):
        row = taken_in(answer(sender, subject=subject, message_id=f"<{number}@x.example>"))
        assert row.outcome == "ticket", sender
        assert row.ticket_id != ticket.pk, sender
    assert kinds(ticket) == ["ticket_opened", "requester_wrote"]


def test_mail_cannot_reach_another_organisations_ticket(world: World) -> None:
    ticket = world.ticket()
    sent(ticket, world.alice, to="alice@helvetia.example", message_id="<ours@entraide.localhost>")
    for number, sender in enumerate(("zoe@rousseau.example", "new@rousseau.example")):
        subject, message_id = f"[{ticket.reference}]", f"<{number}@x.example>"
        raw = answer(sender, In_Reply_To="<ours@entraide.localhost>", subject=subject, message_id=message_id)
        row = taken_in(raw, to=(ticket_address(ticket),))
        assert row.outcome == "ticket"
        with everything():
            assert row.ticket is not None
            assert row.ticket.organisation_id == world.rousseau.pk
    assert kinds(ticket) == ["ticket_opened"]


@pytest.mark.parametrize("sender", ["bob@helvetia.example", "paul@helvetia.example", "x@ailleurs.example"])
def test_who_is_not_on_the_ticket_is_shown_as_a_stranger(world: World, sender: str) -> None:
    ticket = world.ticket()
    row = taken_in(answer(f"Quelqu'un <{sender}>"), to=(ticket_address(ticket),))
    assert (row.outcome, row.ticket_id) == ("followup", ticket.pk)
    event = last_event(ticket)
    assert (event.kind, event.from_email, event.from_name) == ("stranger_wrote", sender, "Quelqu'un")
    assert not entries(ticket)[-1].is_public


def test_a_client_contact_may_answer_on_the_tickets_of_their_organisation(world: World) -> None:
    ticket = world.ticket()
    taken_in(answer("claire@helvetia.example"), to=(ticket_address(ticket),))
    assert kinds(ticket)[-1] == "requester_wrote"


def test_who_watches_the_ticket_answers_like_the_requester(world: World) -> None:
    ticket = world.ticket()
    with everything():
        actions.watch(ticket, person=world.bob, actor=world.as_(world.nadia))
    taken_in(answer("bob@helvetia.example", subject=f"[{ticket.reference}]"))
    assert kinds(ticket)[-1] == "requester_wrote"


def test_a_colleague_whom_the_requester_put_in_copy_may_answer_and_follows(world: World) -> None:
    taken_in(mail(Cc="Bob Girard <BOB@helvetia.example>, x@ailleurs.example"))
    (ticket,) = tickets()
    taken_in(answer("bob@helvetia.example", In_Reply_To="<vpn-1@helvetia.example>"))
    assert kinds(ticket)[-2:] == ["watcher_added", "requester_wrote"]
    assert entries(ticket)[-1].actor_person_id == world.bob.pk
    taken_in(answer("x@ailleurs.example", In_Reply_To="<vpn-1@helvetia.example>", message_id="<3@x.example>"))
    assert kinds(ticket)[-1] == "stranger_wrote"


def test_a_colleague_whom_the_desk_put_in_copy_may_answer(world: World) -> None:
    ticket = world.ticket()
    sent(ticket, world.alice, to="alice@helvetia.example", message_id="<o@x.example>", cc=("bob@helvetia.example",))
    taken_in(answer("bob@helvetia.example", In_Reply_To="<o@x.example>"))
    assert kinds(ticket)[-1] == "requester_wrote"


def test_a_technicians_answer_goes_out_only_when_it_answers_a_mail_to_them(world: World) -> None:
    ticket = world.ticket()
    sent(ticket, world.nadia, to="nadia@lemanique.example", message_id="<told-nadia@entraide.localhost>")
    sent(ticket, world.alice, to="alice@helvetia.example", message_id="<told-alice@entraide.localhost>")
    taken_in(answer("nadia@lemanique.example", In_Reply_To="<told-nadia@entraide.localhost>"))
    assert kinds(ticket)[-1] == "replied"
    assert entries(ticket)[-1].actor_person_id == world.nadia.pk
    # Alice could forge Nadia's address with the Message-ID that she was sent.
    known = "<told-alice@entraide.localhost>"
    taken_in(answer("nadia@lemanique.example", In_Reply_To=known, message_id="<2@x.example>"))
    assert kinds(ticket)[-1] == "stranger_wrote"
    assert not entries(ticket)[-1].is_public


@pytest.mark.parametrize("template", sorted(FOR_THE_DESK))
def test_a_technicians_answer_to_a_notification_becomes_a_note(world: World, template: str) -> None:
    ticket = world.ticket()
    told = "<told-nadia@entraide.localhost>"
    sent(ticket, world.nadia, to="nadia@lemanique.example", message_id=told, template=template)
    # Outlook and others keep the whole thread, and every mail of ours names the signed address to answer to.
    raw = answer("nadia@lemanique.example", In_Reply_To=told, References=f"<x@x.example> {told}")
    row = taken_in(raw, to=(ticket_address(ticket),))
    assert (row.outcome, row.ticket_id) == ("followup", ticket.pk)
    (entry,) = entries(ticket)[1:]
    assert (entry.kind, entry.is_public, entry.actor_person_id) == ("note_added", False, world.nadia.pk)
    assert last_event(ticket).source == f"mail:{row.pk}"


def test_the_mail_that_is_answered_decides_not_those_before_it(world: World) -> None:
    ticket = world.ticket()
    with everything():
        actions.watch(ticket, person=world.nils, actor=world.as_(world.nadia))
    to = "nils@lemanique.example"
    sent(ticket, world.nils, to=to, message_id="<public@x.example>")
    sent(ticket, world.nils, to=to, message_id="<internal@x.example>", template="escalated")
    thread = "<public@x.example> <internal@x.example>"
    taken_in(answer(to, In_Reply_To="<internal@x.example>", References=thread, message_id="<1@x.example>"))
    assert kinds(ticket)[-1] == "note_added"
    # A colleague wrote between: what we sent is not what is answered.
    taken_in(
        answer(to, In_Reply_To="<colleague@x.example>", References="<public@x.example>", message_id="<2@x.example>")
    )
    assert kinds(ticket)[-1] == "note_added"
    thread = "<internal@x.example> <public@x.example>"
    taken_in(answer(to, In_Reply_To="<public@x.example>", References=thread, message_id="<3@x.example>"))
    assert kinds(ticket)[-1] == "replied"


def test_a_technician_answers_a_notification_about_their_own_request_with_a_note(world: World) -> None:
    ticket = world.ticket(world.nadia)
    sent(ticket, world.nadia, to="nadia@lemanique.example", message_id="<told@x.example>", template="escalated")
    taken_in(answer("nadia@lemanique.example", In_Reply_To="<told@x.example>"))
    assert kinds(ticket)[-1] == "note_added"
    taken_in(answer("nadia@lemanique.example", message_id="<2@x.example>"), to=(ticket_address(ticket),))
    assert kinds(ticket)[-1] == "requester_wrote"


def test_a_technician_who_answers_from_another_address_is_still_known(world: World) -> None:
    ticket = world.ticket()
    with everything():
        home = {"organisation": world.lemanique, "person": world.nadia, "email": "nadia@home.example"}
        MailAddress.objects.create(**home)
    sent(ticket, world.nadia, to="nadia@lemanique.example", message_id="<told@x.example>", template="assigned")
    taken_in(answer("nadia@home.example", In_Reply_To="<told@x.example>"))
    assert kinds(ticket)[-1] == "note_added"


def test_to_the_signed_address_alone_a_technician_writes_a_note(world: World) -> None:
    ticket = world.ticket()
    taken_in(answer("nadia@lemanique.example"), to=(ticket_address(ticket),))
    assert kinds(ticket)[-1] == "note_added"


def test_one_of_the_house_without_the_right_does_not_speak_for_the_desk(world: World) -> None:
    ticket = world.ticket()
    taken_in(answer("adam@lemanique.example"), to=(ticket_address(ticket),))
    assert kinds(ticket)[-1] == "stranger_wrote"


def test_an_answer_reopens_what_was_resolved(world: World) -> None:
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    taken_in(answer(), to=(ticket_address(ticket),))
    assert tickets()[0].status == "in_progress"


def test_an_answer_to_what_was_closed_long_ago_opens_a_new_ticket(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
        actions.confirm(ticket, actor=world.as_(world.alice))
    monkeypatch.setenv("ENTRAIDE_CLOCK", "+29D")
    assert taken_in(answer(), to=(ticket_address(ticket),)).ticket_id == ticket.pk
    with everything():
        ticket.refresh_from_db()
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
        actions.confirm(ticket, actor=world.as_(world.alice))
    monkeypatch.setenv("ENTRAIDE_CLOCK", "+60D")
    row = taken_in(answer(message_id="<late@x.example>"), to=(ticket_address(ticket),))
    assert row.outcome == "ticket"
    assert tickets()[-1].links == [["follow_up_of", ticket.pk, ticket.number]]


@pytest.fixture
def closed(world: World) -> Ticket:
    """A closed ticket that Nadia follows, with its last mail to her."""
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
        actions.confirm(ticket, actor=world.as_(world.alice))
    sent(ticket, world.nadia, to="nadia@lemanique.example", message_id="<told-nadia@x.example>")
    return ticket


def to_the_closed(number: int = 1, **given: str) -> bytes:
    return answer(
        "nadia@lemanique.example", In_Reply_To="<told-nadia@x.example>", message_id=f"<{number}@x.example>", **given
    )


def mails_that_say_so() -> list[OutgoingMail]:
    with everything():
        return list(OutgoingMail.objects.filter(template="unsent"))


def test_a_technicians_answer_on_a_closed_ticket_waits_in_quarantine_and_says_why(world: World, closed: Ticket) -> None:
    row = taken_in(to_the_closed())
    assert (row.outcome, row.sender, row.subject) == ("quarantined", "nadia@lemanique.example", "Re: Imprimante")
    assert "Reopen it first" in row.reason or "Rouvrez" in row.reason


def test_the_technician_whose_answer_waits_in_quarantine_is_told_by_mail_once(world: World, closed: Ticket) -> None:
    row = taken_in(to_the_closed())
    read_again(row.pk)
    process(row.pk)
    (told,) = mails_that_say_so()
    assert (told.recipient, told.is_automatic, told.ticket_id) == ("nadia@lemanique.example", True, closed.pk)
    assert row.reason in told.text
    assert "n'est pas partie" in told.text


def test_no_machine_and_nobody_too_often_is_told_that_an_answer_waits(world: World, closed: Ticket) -> None:
    taken_in(to_the_closed(List_Id="<x.lemanique.example>"))
    assert mails_that_say_so() == []
    for number in range(2, 14):
        taken_in(to_the_closed(number))
    assert len(mails_that_say_so()) == 8


def test_an_answer_is_kept_without_what_it_quotes(world: World) -> None:
    ticket = world.ticket()
    quoted = "\n\nLe lun. 2 mars 2026 à 08:00, Support <support@entraide.localhost> a écrit :\n> Bonjour\n> Alice\n"
    html = (
        '<p>Toujours <b>rien</b>.</p><div class="gmail_quote">… a écrit :<blockquote>Bonjour Alice</blockquote></div>'
    )
    taken_in(answer(text="Toujours rien." + quoted, html=html), to=(ticket_address(ticket),))
    event = last_event(ticket)
    assert event.text == "Toujours rien."
    assert "<b>rien</b>" in event.html
    assert "Bonjour" not in event.html
    outlook = "<p>Non plus.</p><hr><p>Le lun. 2 mars 2026, Support a écrit :</p><p>Bonjour Alice</p>"
    raw = answer(text="Non plus." + quoted, html=outlook, message_id="<2@x.example>")
    taken_in(raw, to=(ticket_address(ticket),))
    assert (last_event(ticket).text, last_event(ticket).html) == ("Non plus.", "")


def test_an_answer_of_attachments_only_is_taken(world: World) -> None:
    ticket = world.ticket()
    taken_in(answer(text="", files=(("a.png", "image/png", PNG),)), to=(ticket_address(ticket),))
    assert kinds(ticket)[-1] == "requester_wrote"
    taken_in(answer(text="", message_id="<2@x.example>"), to=(ticket_address(ticket),))
    assert last_event(ticket).text.strip()


# ── Machines ────────────────────────────────────────────────────────────────────────────────────


def test_our_own_mail_that_comes_back_is_set_aside(world: World) -> None:
    ticket = world.ticket()
    sent(ticket, world.alice, to="alice@helvetia.example", message_id="<ours@entraide.localhost>")
    for raw in (mail(message_id="<ours@entraide.localhost>"), mail(**{DESK_HEADER.replace("-", "_"): desk_id()})):
        row = taken_in(raw)
        assert row.outcome == "ignored"
        assert row.reason
    assert kinds(ticket) == ["ticket_opened"]
    assert len(tickets()) == 1


def test_a_mail_that_only_claims_to_be_ours_is_looked_at_by_somebody(world: World) -> None:
    row = taken_in(mail(f"Support <{SUPPORT}>"))
    assert row.outcome == "quarantined"
    assert row.reason


def test_an_absence_notice_is_kept_on_its_ticket_and_changes_nothing(world: World) -> None:
    ticket = world.ticket()
    before = tickets()[0]
    raw = answer(subject="Absence : Re: Imprimante", Auto_Submitted="auto-replied", text="Je suis absente.")
    row = taken_in(raw, to=(ticket_address(ticket),))
    assert (row.outcome, row.ticket_id) == ("followup", ticket.pk)
    assert kinds(ticket)[-1] == "automatic_answer_received"
    assert (tickets()[0].awaits_answer, tickets()[0].status) == (before.awaits_answer, before.status)
    assert not row.may_be_answered


def test_an_absence_notice_without_a_ticket_is_set_aside_visibly(world: World) -> None:
    row = taken_in(answer(subject="Absence", Auto_Submitted="auto-replied"))
    assert (row.outcome, tickets()) == ("ignored", [])
    assert row.reason


def test_a_mail_from_a_list_becomes_a_ticket_that_is_never_answered_by_itself(world: World) -> None:
    row = taken_in(mail(List_Id="<news.helvetia.example>", Precedence="bulk"))
    assert row.outcome == "ticket"
    assert not row.may_be_answered


BOUNCE = """\
From: MAILER-DAEMON@mx.helvetia.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mx.helvetia.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
<{recipient}>: host mx.helvetia.example said: 550 5.1.1 User unknown

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.helvetia.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: text/rfc822-headers

From: support@entraide.localhost
To: {recipient}
Message-ID: {message_id}
Subject: [ENT-1] x

--b--
"""


def bounce(
    *, recipient: str = "alice@helvetia.example", message_id: str = "<ours@entraide.localhost>", to: str = SUPPORT,
    action: str = "failed", status: str = "5.1.1",
) -> bytes:  # fmt: skip
    text = BOUNCE.format(recipient=recipient, message_id=message_id, to=to, action=action, status=status)
    return text.replace("\n", "\r\n").encode()


def test_a_bounce_marks_the_mail_and_the_address_and_shows_on_the_ticket(world: World) -> None:
    ticket = world.ticket()
    outgoing = sent(ticket, world.alice, to="alice@helvetia.example", message_id="<ours@entraide.localhost>")
    row = taken_in(bounce(), sender="<>")
    assert (row.outcome, row.ticket_id) == ("followup", ticket.pk)
    event = last_event(ticket)
    assert (event.kind, event.email, event.is_permanent) == ("mail_bounced", "alice@helvetia.example", True)
    with everything():
        outgoing.refresh_from_db()
        address = world.alice.addresses.get()
    assert outgoing.state == OutgoingMail.State.BOUNCED
    assert address.bounced_at is not None
    assert address.bounce_reason


def test_a_delay_is_noted_but_marks_nothing(world: World) -> None:
    ticket = world.ticket()
    outgoing = sent(ticket, world.alice, to="alice@helvetia.example", message_id="<ours@entraide.localhost>")
    taken_in(bounce(action="delayed", status="4.4.1"), sender="<>")
    assert not last_event(ticket).is_permanent
    with everything():
        outgoing.refresh_from_db()
        assert world.alice.addresses.get().bounced_at is None
    assert outgoing.state == OutgoingMail.State.SENT


def test_a_bounce_cannot_silence_an_address_to_which_that_mail_did_not_go(world: World) -> None:
    ticket = world.ticket()
    sent(ticket, world.alice, to="alice@helvetia.example", message_id="<ours@entraide.localhost>")
    taken_in(bounce(recipient="nadia@lemanique.example"), sender="<>")
    with everything():
        assert world.nadia.addresses.get().bounced_at is None
        assert OutgoingMail.objects.get().state == OutgoingMail.State.SENT


def test_a_bounce_of_what_we_did_not_send_is_set_aside_visibly(world: World) -> None:
    row = taken_in(bounce(message_id="<theirs@spam.example>"), sender="<>")
    assert (row.outcome, tickets()) == ("ignored", [])
    assert row.reason


# ── When something goes wrong ───────────────────────────────────────────────────────────────────


def test_a_message_over_which_the_desk_fails_goes_into_quarantine_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_mail: IncomingMail) -> Any:
        raise ValueError("I do not understand this")

    monkeypatch.setattr(processing, "read", failing)
    kept = keep(mail(), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    for _ in range(ATTEMPTS_AT_MOST - 1):
        with pytest.raises(ValueError):
            process(kept.mail_id)
        assert IncomingMail.objects.get().outcome == "waiting"
    process(kept.mail_id)
    row = IncomingMail.objects.get()
    assert row.outcome == "quarantined"
    assert "I do not understand this" in row.reason
    process(kept.mail_id)


def test_a_message_that_kills_its_reader_is_not_read_for_ever(world: World) -> None:
    kept = keep(mail(), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    IncomingMail.objects.update(attempts=ATTEMPTS_AT_MOST)
    process(kept.mail_id)
    assert IncomingMail.objects.get().outcome == "quarantined"


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), OperationalError("server closed")])
def test_a_full_disk_or_a_database_that_was_away_is_not_the_messages_fault(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def failing(*_given: Any) -> Any:
        raise trouble

    kept = keep(mail(), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    with monkeypatch.context() as patch:
        patch.setattr(reading, "keep_files", failing)
        for _ in range(ATTEMPTS_AT_MOST + 2):
            with pytest.raises(type(trouble)):
                process(kept.mail_id)
    assert tickets() == []
    process(kept.mail_id)
    assert IncomingMail.objects.get().outcome == "ticket"


def test_mixing_two_organisations_goes_straight_into_quarantine(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def mixing(_mail: IncomingMail) -> Any:
        raise OtherOrganisation("no")

    monkeypatch.setattr(processing, "read", mixing)
    kept = keep(mail(), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    process(kept.mail_id)
    assert IncomingMail.objects.get().outcome == "quarantined"


def test_a_message_id_of_any_length_is_remembered(world: World) -> None:
    long = "<" + "é漢" * 500 + "@x.example>"
    row = taken_in(b"Message-ID: " + long.encode() + b"\r\nFrom: alice@helvetia.example\r\nSubject: x\r\n\r\ny\r\n")
    assert row.outcome == "ticket", row.reason
    with everything():
        assert ThreadLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_the_same_message_make_one_ticket(world: World) -> None:
    kept = keep(mail("Paul Rochat <paul@helvetia.example>"), door="smtp", envelope_from="", envelope_to=[SUPPORT])
    at_once(lambda: process(kept.mail_id), 3)
    assert len(tickets()) == 1
    assert IncomingMail.objects.get().outcome == "ticket"
    with everything():
        assert Person.objects.filter(name="Paul Rochat").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_mails_of_a_newcomer_at_once_make_one_person(world: World) -> None:
    raws = [mail("Paul <paul@helvetia.example>", message_id=f"<{number}@x.example>") for number in range(3)]
    kept = [keep(raw, door="smtp", envelope_from="", envelope_to=[]) for raw in raws]
    together, problems = threading.Barrier(3), []

    def work(mail_id: int) -> None:
        together.wait()
        try:
            process(mail_id)
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(each.mail_id,)) for each in kept]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
    assert len({each.requester_id for each in tickets()}) == 1
    assert len(tickets()) == 3
