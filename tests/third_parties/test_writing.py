"""What goes to a third party, what is refused, and what of the ticket stays as it was."""

from __future__ import annotations

import re
from typing import Any

import pytest

from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.third_parties import OfAnotherClient, addresses_in, write
from entraide.core.events import NotAllowed, Refused
from entraide.core.reactions import run_reaction
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import Ticket
from entraide.tickets.third_parties import remembered
from tests.jobs import do_jobs
from tests.mail_out.conftest import Server
from tests.mail_out.conftest import server as server
from tests.third_parties.conversation import HOTLINE, a_file, written
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def test_the_third_party_gets_what_was_written_to_it_and_nothing_of_the_ticket(world: World, server: Server) -> None:
    with everything():
        ticket = world.ticket(subject="Imprimante des salaires", text="Secret du client")
        actions.note(ticket, text="Client difficile", actor=world.as_(world.nadia))
        actions.reply(ticket, text="Nous cherchons", actor=world.as_(world.nadia), attachments=[a_file("client.txt")])
    do_jobs()
    server.mails.clear()
    written(world, ticket, attachments=[a_file("pilote.log", b"erreur 79")])
    (mail,) = server.mails
    whole = mail.as_string() + "".join(str(part.get_content()) for part in mail.walk() if not part.is_multipart())
    assert mail["To"] == HOTLINE and mail["Cc"] is None
    assert "Nadia Keller (Lémanique IT)" in str(mail["From"])
    assert re.fullmatch(rf"\[ENT-{ticket.number}-\d+\] Pilote HP 4050", mail["Subject"])
    assert mail["In-Reply-To"] is None and mail["References"] is None
    assert re.fullmatch(rf"support\+{ticket.number}-\d+\.[a-z2-7]{{16}}@entraide\.localhost", mail["Reply-To"])
    assert "Le pilote 4.1 bloque. Un correctif ?" in whole and "Nadia Keller" in whole
    for secret in (
        "alice",
        "Alice",
        "Helvetia",
        "salaires",
        "Secret",
        "difficile",
        "Nous cherchons",
        "client.txt",
        "/desk/",
    ):
        assert secret not in whole, secret
    assert [part.get_filename() for part in mail.iter_attachments()] == ["pilote.log"]


def test_several_get_one_mail_and_a_job_that_runs_twice_sends_it_once(world: World, server: Server) -> None:
    ticket = world.ticket()
    do_jobs()
    server.mails.clear()
    mail = written(world, ticket, to=[HOTLINE, "ventes@hp.example", HOTLINE])
    run_reaction("entraide.channels.email.third_parties.send", "tickets.TicketEntry", mail.entry_id)
    do_jobs()
    assert [(each["To"], each["Cc"]) for each in server.mails] == [(HOTLINE, "ventes@hp.example")]


def test_it_is_no_response_to_the_requester_and_nobodys_turn_changes(world: World) -> None:
    with everything():
        ticket = world.ticket()
        before = Ticket.objects.get(pk=ticket.pk).columns()
        clocks = list(ticket.clocks.values())
    written(world, ticket)
    with everything():
        after = Ticket.objects.get(pk=ticket.pk).columns()
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {"version", "updated_at"}
        assert list(ticket.clocks.values()) == clocks
        assert not OutgoingMail.objects.filter(
            ticket=ticket, entry=ticket.timeline().last(), person__isnull=False
        ).exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": []}, "to"),
        ({"to": ["pas une adresse"]}, "to"),
        ({"to": [f"p{n}@hp.example" for n in range(11)]}, "to"),
        ({"to": ["support@entraide.localhost"]}, "to"),
        ({"to": ["support+12@entraide.localhost"]}, "to"),
        ({"to": [HOTLINE, "ALICE@helvetia.example"]}, "to"),
        ({"to": ["nils@lemanique.example"]}, "to"),
        ({"subject": " "}, "subject"),
        ({"text": " "}, "text"),
        ({"conversation": "1-2"}, "conversation"),
        ({"attachments": [FileRef("0" * 64, "a.iso", "x/y", 16 * 1024 * 1024)]}, "attachments"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_with_a_sentence_at_its_field(
    world: World, more: dict[str, Any], field: str
) -> None:
    with everything():
        ticket = world.ticket()
        said: dict[str, Any] = {"to": [HOTLINE], "subject": "Pilote", "text": "Bonjour", **more}
        with pytest.raises(Refused) as refused:
            write(ticket, actor=world.as_(world.nadia), **said)
        assert refused.value.field == field and refused.value.message.endswith(".")
        assert ticket.timeline().count() == 1


def test_who_may_not_reply_may_not_write_to_third_parties(world: World) -> None:
    with everything():
        ticket = world.ticket()
        for person in (world.alice, world.claire, world.sofia, world.adam):
            with pytest.raises(NotAllowed):
                write(ticket, to=[HOTLINE], subject="x", text="x", actor=world.as_(person))


def test_nothing_is_written_from_a_closed_ticket(world: World) -> None:
    with everything():
        ticket = world.ticket()
        actions.resolve(ticket, code="solved", text="Fait.", actor=world.as_(world.nadia))
        write(ticket, to=[HOTLINE], subject="Merci", text="Merci", actor=world.as_(world.nadia))
        actions.close(ticket, actor=world.as_(world.carla))
        with pytest.raises(Refused):
            write(ticket, to=[HOTLINE], subject="x", text="x", actor=world.as_(world.nadia))


@pytest.mark.parametrize("email", ["zoe@rousseau.example", "compta@rousseau.example"])
def test_an_address_of_another_client_is_sent_to_only_when_confirmed(world: World, email: str) -> None:
    with everything():
        ticket = world.ticket()
        nadia = world.as_(world.nadia)
        with pytest.raises(OfAnotherClient, match="Atelier Rousseau"):
            write(ticket, to=[HOTLINE, email], subject="x", text="x", actor=nadia)
        write(ticket, to=[email], subject="x", text="x", actor=nadia, is_confirmed=True)
        write(ticket, to=["bob@helvetia.example", "facture@lemanique.example"], subject="x", text="x", actor=nadia)
        assert ticket.timeline().count() == 3


def test_which_other_client_it_is_is_told_to_those_alone_who_may_know(world: World) -> None:
    ticket = world.ticket()
    from entraide.core.scope import Scope, scoped

    with scoped(Scope.of(world.helvetia.pk)), pytest.raises(OfAnotherClient) as refused:
        write(ticket, to=["zoe@rousseau.example"], subject="x", text="x", actor=world.as_(world.nadia))
    assert "Rousseau" not in refused.value.message.replace("zoe@rousseau.example", "")


def test_addresses_are_remembered_for_the_same_client_newest_first(world: World) -> None:
    ticket, elsewhere = world.ticket(), world.ticket(world.zoe)
    written(world, ticket)
    written(world, ticket, to=["Ventes@HP.example", "transport@porteur.example"])
    written(world, elsewhere, to=["ailleurs@x.example"])
    written(world, ticket)
    with everything():
        assert remembered(world.helvetia.pk)[0] == HOTLINE
        assert set(remembered(world.helvetia.pk)) == {HOTLINE, "ventes@hp.example", "transport@porteur.example"}
        assert remembered(world.rousseau.pk) == ["ailleurs@x.example"]


def test_addresses_are_read_as_people_write_them() -> None:
    typed = "HP <Hotline@HP.example>; b@x.example\n c@x.example,, b@x.example"
    assert addresses_in(typed) == ["hotline@hp.example", "b@x.example", "c@x.example"]
    with pytest.raises(Refused, match="pas une adresse"):
        addresses_in("a@x.example, pas une adresse")


def test_the_ticket_waits_until_they_answer_when_this_is_asked_for(world: World) -> None:
    with everything():
        ticket = world.ticket()
    written(world, ticket, hold_reason="supplier")
    with everything():
        fresh = Ticket.objects.get(pk=ticket.pk)
        assert (fresh.status, fresh.pending_reason, fresh.pauses_clocks) == ("waiting", "supplier", True)
