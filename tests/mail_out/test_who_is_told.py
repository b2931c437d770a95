"""Who is written to, what they read, and who never is."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from entraide.channels.email.models import OutgoingMail
from entraide.core.clock import now
from entraide.core.reactions import run_reaction
from entraide.people.acting import is_staff
from entraide.people.models import MailAddress, Person
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from entraide.tickets.uploads import keep_upload
from tests.jobs import do_jobs
from tests.mail_in.mails import mail, taken_in
from tests.mail_out.conftest import Server
from tests.rules.test_one_writer import live_a_full_life
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def text_of(mail: EmailMessage) -> str:
    part: Any = mail.get_body(("plain",))
    return str(part.get_content())


def html_of(mail: EmailMessage) -> str:
    part: Any = mail.get_body(("html",))
    return str(part.get_content())


def test_the_requester_is_told_that_the_ticket_was_opened(world: World, server: Server) -> None:
    ticket = world.ticket()
    do_jobs()
    (mail,) = server.mails
    assert mail["To"] == "alice@helvetia.example"
    assert mail["Subject"] == f"[{ticket.reference}] Imprimante en panne"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert "Votre demande est bien arrivée" in text_of(mail)
    assert ticket.reference in html_of(mail)


def test_people_are_written_to_in_their_language(world: World, server: Server) -> None:
    world.ticket(world.zoe)
    do_jobs()
    assert "Your request has arrived" in text_of(server.mails[0])


def test_a_reply_goes_to_the_requester_under_the_technicians_name(world: World, server: Server) -> None:
    ticket = world.ticket()
    with everything():
        actions.reply(ticket, text="Avez-vous <redémarré> ?", actor=world.as_(world.nadia))
    do_jobs()
    mail = server.mails[-1]
    assert "Nadia Keller" in str(mail["From"])
    assert mail["Auto-Submitted"] is None
    assert mail["References"] == server.mails[0]["Message-ID"]
    assert mail["Subject"].startswith("Re: ")
    assert "Avez-vous <redémarré> ?" in text_of(mail)
    assert "&lt;redémarré&gt;" in html_of(mail)
    assert "##- Répondez au-dessus de cette ligne -##" in text_of(mail)


def test_a_job_that_runs_twice_writes_one_mail(world: World, server: Server) -> None:
    ticket = world.ticket()
    with everything():
        entry = ticket.timeline().get()
    for _ in range(2):
        run_reaction("entraide.channels.email.reactions.acknowledge", "tickets.TicketEntry", entry.pk)
    do_jobs()
    assert len(server.mails) == 1


def test_the_resolution_carries_links_to_confirm_and_to_reopen(world: World, server: Server) -> None:
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="Pilote remplacé.", actor=world.as_(world.nadia))
    do_jobs()
    text = text_of(server.mails[-1])
    assert "Pilote remplacé." in text
    assert text.count("/t/") == 2


def test_a_handover_is_told_to_the_team_that_is_asked(world: World, server: Server) -> None:
    ticket = world.ticket()
    with everything():
        actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="Vérifier", actor=world.as_(world.nadia))
    do_jobs()
    (mail,) = [each for each in server.mails if each["To"] == "benoit@lemanique.example"]
    assert "Vérifier" in text_of(mail)
    assert f"/desk/tickets/{ticket.number}/" in text_of(mail)


def test_nobody_is_told_of_what_they_did_themselves(world: World, server: Server) -> None:
    with everything():
        ticket = world.ticket()
        actions.take(ticket, actor=world.as_(world.nadia))
        do_jobs()
        server.mails.clear()
        actions.reply(ticket, text="x", actor=world.as_(world.nadia))
        actions.answer(ticket, text="y", actor=world.as_(world.alice))
        do_jobs()
        actions.assign(ticket, team=world.n1, actor=world.as_(world.nadia), assignee=None)
        actions.assign(ticket, team=world.n1, actor=world.as_(world.nils), assignee=world.nils)
    do_jobs()
    assert sorted(str(mail["To"]) for mail in server.mails) == ["alice@helvetia.example", "nadia@lemanique.example"]


def test_what_is_internal_never_reaches_anybody_but_the_desk(world: World, server: Server) -> None:
    with everything():
        live_a_full_life(world)
    do_jobs()
    with everything():
        for mail in OutgoingMail.objects.select_related("entry", "person"):
            if mail.person_id is None:  # a third party reads what is written to it, and nothing else
                assert mail.entry.kind == "third_party_written", f"{mail.template} to {mail.recipient}"
                continue
            person = Person.objects.prefetch_related("roles").get(pk=mail.person_id)
            # Who is asked to approve reads the question; the requester, if it is not they, does not.
            is_asked = mail.entry.kind.startswith("approval_")
            assert mail.entry.is_public or is_staff(person) or is_asked, f"{mail.template} to {mail.recipient}"
    clients = [mail for mail in server.mails if "lemanique" not in str(mail["To"])]
    assert clients
    for mail in clients:
        for secret in ("Toner vérifié", "Bac bloqué", "Il manque le modèle", "Chez moi aussi"):
            assert secret not in text_of(mail)


def test_a_follower_reads_the_public_words_too(world: World, server: Server) -> None:
    with everything():
        ticket = world.ticket()
        actions.watch(ticket, person=world.bob, actor=world.as_(world.nadia))
        actions.reply(ticket, text="Bonjour", actor=world.as_(world.nadia))
    do_jobs()
    assert "bob@helvetia.example" in {str(mail["To"]) for mail in server.mails}


def test_an_address_that_bounced_is_not_written_to(world: World, server: Server) -> None:
    with everything():
        world.alice.addresses.update(bounced_at=now())
        world.ticket()
    do_jobs()
    assert server.mails == []


def test_automatic_mails_to_one_person_fall_silent_after_a_while(world: World, server: Server) -> None:
    for _ in range(12):
        world.ticket()
    do_jobs()
    assert len(server.mails) == 8


def test_no_header_can_be_injected(world: World, server: Server) -> None:
    world.ticket(subject="Panne\r\nBcc: victim@example.org")
    do_jobs()
    assert server.mails[0]["Bcc"] is None
    assert "Panne Bcc: victim@example.org" in server.mails[0]["Subject"]


def test_the_files_of_an_answer_go_with_it(world: World, server: Server) -> None:
    with everything():
        ticket = world.ticket()
        kept = keep_upload(SimpleUploadedFile("mode d'emploi.txt", b"1. Eteindre\n2. Allumer\n"))
        actions.reply(ticket, text="Voici", attachments=[kept], actor=world.as_(world.nadia))
    do_jobs()
    (attached,) = list(server.mails[-1].iter_attachments())
    assert attached.get_filename() == "mode d'emploi.txt"
    assert attached.get_content() == "1. Eteindre\n2. Allumer\n"


def test_the_mails_of_a_moved_ticket_go_along(world: World, server: Server) -> None:
    ticket = world.ticket()
    do_jobs()
    with everything():
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
    do_jobs()
    with everything():
        assert {mail.organisation_id for mail in OutgoingMail.objects.all()} == {world.rousseau.pk}
        assert {link.organisation_id for link in ticket.thread_links.all()} == {world.rousseau.pk}


def another_address(world: World, email: str) -> MailAddress:
    with everything():
        return MailAddress.objects.create(organisation=world.helvetia, person=world.alice, email=email)


def test_people_are_answered_where_they_last_wrote_from_in_their_own_thread(world: World, server: Server) -> None:
    another_address(world, "accueil@helvetia.example")
    row = taken_in(mail("accueil@helvetia.example", message_id="<first@helvetia.example>"))
    do_jobs()
    (acknowledgement,) = server.mails
    assert acknowledgement["To"] == "accueil@helvetia.example"
    assert acknowledgement["In-Reply-To"] == "<first@helvetia.example>"
    with everything():
        ticket = Ticket.objects.get(pk=row.ticket_id)
        actions.reply(ticket, text="Redémarrez.", actor=world.as_(world.nadia))
    do_jobs()
    assert server.mails[-1]["To"] == "accueil@helvetia.example"
    again = {"subject": "Re: Le VPN", "message_id": "<second@helvetia.example>"}
    taken_in(mail("Alice <ALICE@helvetia.example>", In_Reply_To=str(server.mails[-1]["Message-ID"]), **again))
    with everything():
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
    do_jobs()
    (last,) = [each for each in server.mails[2:] if "helvetia" in str(each["To"])]
    assert last["To"] == "alice@helvetia.example"
    assert last["In-Reply-To"] == "<second@helvetia.example>"
    assert "<first@helvetia.example>" in last["References"]
    assert server.mails[1]["Message-ID"] in last["References"]


@pytest.mark.parametrize("change", ["bounced", "removed"])
def test_an_address_that_is_no_longer_good_gives_way_to_the_main_one(world: World, server: Server, change: str) -> None:
    address = another_address(world, "accueil@helvetia.example")
    taken_in(mail("accueil@helvetia.example"))
    with everything():
        if change == "bounced":
            MailAddress.objects.filter(pk=address.pk).update(bounced_at=now())
        else:
            address.delete()
    do_jobs()
    (acknowledgement,) = server.mails
    assert acknowledgement["To"] == "alice@helvetia.example"
    assert acknowledgement["In-Reply-To"] == "<vpn-1@helvetia.example>"


def test_a_mail_to_somebody_of_the_desk_says_what_becomes_of_an_answer(world: World, server: Server) -> None:
    ticket = world.ticket()
    with everything():
        actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
    do_jobs()
    to_alice, to_benoit = (text_of(each) for each in sorted(server.mails, key=lambda each: str(each["To"])))
    assert "Répondez au-dessus de cette ligne" in to_alice
    assert "devient une note interne" in to_benoit
    assert "Répondez au-dessus" not in to_benoit


def test_a_notification_names_the_files_of_an_answer(world: World, server: Server) -> None:
    ticket = world.ticket()
    with everything():
        actions.take(ticket, actor=world.as_(world.nadia))
        files = [keep_upload(SimpleUploadedFile(name, b"x")) for name in ("écran <1>.txt", "journal.txt")]
        actions.answer(ticket, text="", attachments=files, actor=world.as_(world.alice))
    do_jobs()
    (told,) = [each for each in server.mails if each["To"] == "nadia@lemanique.example"]
    assert "Fichiers : écran <1>.txt, journal.txt" in text_of(told)
    assert "écran &lt;1&gt;.txt" in html_of(told)
