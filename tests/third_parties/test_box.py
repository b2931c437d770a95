"""Writing to a third party from the page of a ticket."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from entraide.channels.email.models import OutgoingMail
from entraide.tickets import actions
from entraide.tickets.models import Attachment, Ticket
from tests.jobs import do_jobs
from tests.third_parties.conversation import HOTLINE, a_file, written
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(world: World) -> Ticket:
    with everything():
        return world.ticket(attachments=[a_file("photo.txt", b"photo")])


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.force_login(world.nadia.account)
    return client


def send(client: Client, ticket: Ticket, **said: Any) -> Any:
    form = {"form": "k" * 20, "to": HOTLINE, "subject": "Pilote", "text": "Bonjour", **said}
    answer = client.post(reverse("agent:third-parties", args=[ticket.number]), form)
    do_jobs()
    return answer


def mails() -> list[OutgoingMail]:
    with everything():
        return list(OutgoingMail.objects.filter(template="third_party").order_by("pk"))


def test_what_is_written_in_the_box_goes_with_new_files_and_those_of_the_ticket(nadia: Client, ticket: Ticket) -> None:
    with everything():
        photo = Attachment.objects.get(ticket=ticket)
    new = SimpleUploadedFile("journal.txt", b"journal")
    assert send(nadia, ticket, attachments=[new], file=[photo.pk], hold_reason="third_party").status_code == 302
    (mail,) = mails()
    with everything():
        assert mail.entry is not None
        assert {each.name for each in mail.entry.attachments.all()} == {"journal.txt", "photo.txt"}
        assert Ticket.objects.get(pk=ticket.pk).pending_reason == "third_party"
    send(
        nadia,
        ticket,
        attachments=[SimpleUploadedFile("journal.txt", b"journal")],
        file=[photo.pk],
        hold_reason="third_party",
    )
    assert len(mails()) == 1, "the same form twice is one mail"


def test_a_refusal_keeps_everything_that_was_typed_ticked_and_attached(
    world: World, nadia: Client, ticket: Ticket
) -> None:
    written(world, ticket, to=["ventes@hp.example"])
    with everything():
        photo = Attachment.objects.get(ticket=ticket)
    refused = send(
        nadia, ticket, subject="", text="Ma question", to="a@x.example", remembered=["ventes@hp.example"], 
        hold_reason="third_party", file=[photo.pk], attachments=[SimpleUploadedFile("neu.txt", b"neu")],
    )  # fmt: skip
    page = refused.content.decode()
    assert refused.status_code == 422 and "Écrivez un objet" in page
    assert ">Ma question</textarea>" in page and 'value="a@x.example"' in page and "neu.txt" in page
    assert 'name="remembered" value="ventes@hp.example" checked' in page
    assert f'name="file" value="{photo.pk}" checked' in page and 'value="third_party" selected' in page
    assert 'data-box="third_parties"' in page


def test_an_address_of_another_client_asks_first_and_is_confirmed_for_this_address_alone(
    nadia: Client, ticket: Ticket
) -> None:
    asked = send(nadia, ticket, to="zoe@rousseau.example")
    page = asked.content.decode()
    assert asked.status_code == 422 and "Atelier Rousseau" in page and "Envoyer quand même" in page
    assert 'name="confirmed" value="zoe@rousseau.example"' in page
    again = send(nadia, ticket, to="compta@rousseau.example", confirmed="zoe@rousseau.example", form="m" * 20)
    assert again.status_code == 422 and mails() == []
    done = send(nadia, ticket, to="zoe@rousseau.example", confirmed="zoe@rousseau.example", form="n" * 20)
    assert done.status_code == 302 and len(mails()) == 1


def test_addresses_of_this_client_are_offered(world: World, nadia: Client, ticket: Ticket) -> None:
    written(world, ticket)
    elsewhere = world.ticket(world.zoe)
    written(world, elsewhere, to=["ailleurs@x.example"])
    page = nadia.get(reverse("agent:ticket", args=[ticket.number])).content.decode()
    assert f'name="remembered" value="{HOTLINE}"' in page and "ailleurs@x.example" not in page
    assert send(nadia, ticket, to="", remembered=[HOTLINE]).status_code == 302


def test_a_file_of_another_ticket_does_not_go_along(world: World, nadia: Client, ticket: Ticket) -> None:
    with everything():
        other = world.ticket(world.zoe, attachments=[a_file("secret.txt")])
        secret = Attachment.objects.get(ticket=other)
    assert send(nadia, ticket, file=[secret.pk]).status_code == 422 and mails() == []


def test_who_reads_only_may_not_write_and_a_closed_ticket_has_no_box(
    world: World, client: Client, ticket: Ticket
) -> None:
    client.force_login(world.sofia.account)
    assert send(client, ticket).status_code == 403
    client.force_login(world.alice.account)
    assert send(client, ticket).status_code == 404
    with everything():
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nadia))
    client.force_login(world.carla.account)
    address = reverse("agent:ticket", args=[ticket.number])
    assert 'id="panel-third_parties"' in client.get(address).content.decode()
    with everything():
        actions.close(ticket, actor=world.as_(world.carla))
    assert 'id="panel-third_parties"' not in client.get(address).content.decode()
    assert mails() == []
