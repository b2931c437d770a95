"""A password in a mail, a file sent by mistake: taken out of everything that kept it, with a trace that it was."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from entraide.channels.email.incoming import keep
from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.hooks.delivering import tell_of
from entraide.channels.hooks.models import Delivery
from entraide.core.events import ERASED, NotAllowed, Refused
from entraide.core.files import store_bytes
from entraide.notifications.models import Notification
from entraide.tickets import actions, forgetting, merging
from entraide.tickets.attachments import FileRef
from entraide.tickets.clocks import differences
from entraide.tickets.models import Approval, Approver, Attachment, Ticket, Work
from tests.jobs import do_jobs
from tests.world import World, everything

SECRET = "Tournesol 42!"
pytestmark = pytest.mark.django_db


def mail(text: str, *, html: str = "", subject: str = "Imprimante") -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"] = "Alice Martin <alice@helvetia.example>", "support@lemanique.example"
    letter["Subject"], letter["Message-ID"] = subject, "<un@helvetia.example>"
    letter.set_content(text, cte="base64")
    if html:
        letter.add_alternative(html, subtype="html")
    return letter.as_bytes()


def ticket_by_mail(text: str, **said: Any) -> Ticket:
    keep(
        mail(text, **said),
        door="smtp",
        envelope_from="alice@helvetia.example",
        envelope_to=["support@lemanique.example"],
    )
    do_jobs()
    with everything():
        return Ticket.objects.latest("pk")


def everything_kept_of(ticket: Ticket) -> str:
    """Return all that the database still says of a ticket, one way or another."""
    with everything():
        entries = [str(each.data) for each in ticket.timeline()]
        mails = [bytes(each.raw).decode() + each.subject for each in IncomingMail.objects.all()]
        sent = [each.text + each.html + each.subject for each in OutgoingMail.objects.all()]
        told = [str(each.words) for each in Notification.objects.all()]
        bodies = [each.body for each in Delivery.objects.all()]
        rows = [each.text for each in Work.objects.all()] + [each.text for each in Approver.objects.all()]
        asked = [each.question for each in Approval.objects.all()]
        columns = str(Ticket.objects.get(pk=ticket.pk).columns())
    return " ".join([*entries, *mails, *sent, *told, *bodies, *rows, *asked, columns])


def test_a_passage_goes_from_everywhere_and_says_that_it_went(world: World, endpoint: Any) -> None:
    html = "<p>Bonjour, mon mot de passe est <b>Tournesol</b>&nbsp;42!</p>"
    ticket = ticket_by_mail("Bonjour,\nmon mot de passe est Tournesol\n42! merci", html=html)
    with everything():
        nadia, carla = world.as_(world.nadia), world.as_(world.carla)
        reply = actions.reply(ticket, text=f"Changez {SECRET} tout de suite.", actor=nadia)
        actions.note(ticket, text=f"@benoit son mot de passe : {SECRET}", actor=nadia)
        hook, _secret = endpoint(with_words=True, with_internal=True)
        tell_of(reply)
        assert Delivery.objects.filter(endpoint=hook).exists()
        do_jobs()
        assert "Tournesol" in everything_kept_of(ticket)
        forgetting.redact(ticket, passage=SECRET, reason="Un mot de passe", actor=carla)
        kept = everything_kept_of(ticket)
        assert "Tournesol" not in kept and "42!" not in kept
        first = ticket.timeline().first()
        assert first.event.text == f"Bonjour,\nmon mot de passe est {ERASED} merci", "the rest of the words stays"
        said = ticket.timeline().last().event
        assert (said.kind, said.numbers, said.reason) == ("passage_redacted", (1, 2, 3), "Un mot de passe")
        assert Ticket.objects.get(pk=ticket.pk).description == first.event.text
        assert differences(Ticket.objects.get(pk=ticket.pk)) == []
        assert Ticket.objects.get(pk=ticket.pk).replayed().columns() == Ticket.objects.get(pk=ticket.pk).columns()


def test_it_goes_from_merged_tickets_and_from_subjects_too(world: World) -> None:
    with everything():
        whole, part = world.ticket(subject=f"Accès {SECRET}"), world.ticket(subject="Autre", text=f"Code {SECRET}")
        merging.merge(part, into=whole, actor=world.as_(world.nadia))
        told = forgetting.redact(part, passage=SECRET, reason="Code", actor=world.as_(world.carla))
        assert {each.ticket_id for each in told} == {whole.pk, part.pk}
        assert Ticket.objects.get(pk=whole.pk).subject == f"Accès {ERASED}"
        assert Ticket.objects.get(pk=part.pk).description == f"Code {ERASED}"


def test_a_reason_is_needed_and_a_passage_that_stands_there(world: World) -> None:
    with everything():
        ticket = world.ticket(text="Bonjour à tous")
        carla = world.as_(world.carla)
        for passage, reason in (("Bonjour", " "), ("Tournesol", "Un mot de passe"), ("à", "Trop court")):
            with pytest.raises(Refused):
                forgetting.redact(ticket, passage=passage, reason=reason, actor=carla)
        with pytest.raises(NotAllowed):
            forgetting.redact(ticket, passage="Bonjour", reason="Pour voir", actor=world.as_(world.nadia))
        assert ticket.timeline().count() == 1 and ticket.timeline().first().event.text == "Bonjour à tous"


def test_the_reason_never_repeats_what_goes(world: World) -> None:
    with everything():
        ticket = world.ticket(text=f"Code {SECRET}")
        forgetting.redact(ticket, passage=SECRET, reason=f"Il a écrit {SECRET}", actor=world.as_(world.carla))
        assert ticket.timeline().last().event.reason == f"Il a écrit {ERASED}"


def test_a_file_goes_with_the_mail_that_brought_it(world: World) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "alice@helvetia.example", "support@lemanique.example", "Fiche"
    letter.set_content("Voici.")
    letter.add_attachment(b"salaires", maintype="text", subtype="plain", filename="salaires.txt")
    keep(
        letter.as_bytes(),
        door="smtp",
        envelope_from="alice@helvetia.example",
        envelope_to=["support@lemanique.example"],
    )
    do_jobs()
    with everything():
        ticket = Ticket.objects.get()
        file = Attachment.objects.get()
        forgetting.take_file_away(ticket, attachment=file, reason="Salaires", actor=world.as_(world.sofia))
        assert not Attachment.objects.exists()
        entry = ticket.timeline().first()
        assert (entry.event.text, entry.event.attachments) == ("Voici.", ())
        assert not bytes(IncomingMail.objects.get().raw) and IncomingMail.objects.get().erased_at
        assert ticket.timeline().last().event.size_bytes == len(b"salaires")


def test_somebody_takes_a_password_out_by_hand(world: World, client: Client) -> None:
    kept = store_bytes(b"plan")
    with everything():
        ticket = world.ticket(text=f"Mon code est {SECRET}, merci.")
        plan = FileRef(kept.digest, "plan.txt", "text/plain", kept.size_bytes)
        actions.note(ticket, text="Le plan", attachments=[plan], actor=world.as_(world.nadia))
    client.force_login(world.carla.account)
    page = f"/desk/tickets/{ticket.number}/entries/1/redaction"
    assert f'href="{page}"' in client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    look = client.post(page, {"passage": "Tournesol  42!", "reason": "Code d’accès"}).content.decode()
    assert 'id="confirm"' in look
    with everything():
        assert SECRET in ticket.timeline().first().event.text, "looking takes nothing out"
    gone = client.post(page, {"passage": "Tournesol  42!", "reason": "Code d’accès", "confirmed": "yes"}, follow=True)
    assert "Tournesol" not in gone.content.decode() and "Code d’accès" in gone.content.decode()
    again = client.post(page, {"passage": SECRET, "reason": "Code", "confirmed": "yes"})
    assert again.status_code == 422
    of_the_note = f"/desk/tickets/{ticket.number}/entries/2/redaction"
    with everything():
        key = Attachment.objects.get().pk
    assert client.post(of_the_note, {"file": key, "reason": ""}).status_code == 422
    client.post(of_the_note, {"file": key, "reason": "Pas pour nous"})
    with everything():
        assert not Attachment.objects.exists()
    client.force_login(world.nadia.account)
    assert client.get(page).status_code == 404
    assert page not in client.get(f"/desk/tickets/{ticket.number}/").content.decode()


def test_an_erased_life_keeps_every_figure(world: World) -> None:
    """The whole life of a ticket, erased: nothing of the words is left, and of the rest nothing changes."""
    from tests.rules.test_one_writer import live_a_full_life

    words = {"subject", "description", "resolution", "priority_reason", "major_text", "answers", "words_erased_at"}
    with everything():
        ticket = live_a_full_life(world)
        before = Ticket.objects.get(pk=ticket.pk).columns()
        forgetting.erase_words(ticket, basis="retention", actor=actions.Actor.system("retention"))
        fresh = Ticket.objects.get(pk=ticket.pk)
        after = fresh.columns()
        assert {name for name in before if before[name] != after[name]} - words == {"version"}
        assert fresh.replayed().columns() == after and differences(fresh) == []
        told = " ".join(str(each.data) for each in fresh.timeline())
        for word in ("Pilote", "Toner", "hotline@hp.example", "alice@", "Trop long"):
            assert word not in told
        assert fresh.worked_minutes == before["worked_minutes"] and fresh.words_erased_at


def test_an_open_ticket_keeps_its_words(world: World) -> None:
    with everything():
        ticket = world.ticket()
        with pytest.raises(Refused):
            forgetting.erase_words(ticket, basis="retention", actor=actions.Actor.system("retention"))
