"""Mails as people and machines write them, and what the tests ask about them."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from entraide.channels.email.incoming import keep
from entraide.channels.email.models import IncomingMail, OutgoingMail, ThreadLink
from entraide.channels.email.processing import process
from entraide.core.clock import now
from entraide.people.models import Person
from entraide.tickets.models import Ticket, TicketEntry
from tests.world import World, everything

SUPPORT = "support@entraide.localhost"


def mail(
    sender: str = "Alice Martin <alice@helvetia.example>",
    *,
    to: str = SUPPORT,
    subject: str = "Le VPN ne répond plus",
    text: str = "Bonjour,\n\nle VPN ne répond plus depuis ce matin.\n",
    message_id: str = "<vpn-1@helvetia.example>",
    html: str = "",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """Return a mail; `headers` by names with underscores (`In_Reply_To="<…>"`), `files` as (name, type, content)."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 02 Mar 2026 08:15:00 +0100"
    message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, mime, content in files:
        main, sub = mime.split("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    for number, part in enumerate(each for each in message.walk() if each.is_multipart()):
        part.set_boundary(f"=_part_{number}")  # else another one each time: no two deliveries would be the same
    return message.as_bytes()


def taken_in(raw: bytes, *, sender: str = "alice@helvetia.example", to: tuple[str, ...] = (SUPPORT,)) -> IncomingMail:
    """Let a mail come in, read it and return what is kept of it."""
    kept = keep(raw, door="smtp", envelope_from=sender, envelope_to=to)
    process(kept.mail_id)
    with everything():
        return IncomingMail.objects.select_related("ticket", "entry").get(pk=kept.mail_id)


def sent(
    ticket: Ticket, person: Person, *, to: str, message_id: str, cc: tuple[str, ...] = (), template: str = "reply"
) -> OutgoingMail:
    """Note that the desk wrote to somebody about a ticket."""
    with everything():
        ThreadLink.objects.create(organisation=ticket.organisation, ticket=ticket, message_id=message_id)
        return OutgoingMail.objects.create(
            organisation=ticket.organisation, key=message_id, ticket=ticket, person=person, template=template,
            recipient=to, cc=list(cc), sender=SUPPORT, subject="x", text="x", message_id=message_id,
            created_at=now(), state=OutgoingMail.State.SENT,
        )  # fmt: skip


def entries(ticket: Ticket) -> list[TicketEntry]:
    with everything():
        return list(TicketEntry.objects.filter(ticket=ticket).order_by("number"))


def last_event(ticket: Ticket) -> Any:
    return entries(ticket)[-1].event


def tickets() -> list[Ticket]:
    with everything():
        return list(Ticket.objects.select_related("requester", "organisation").order_by("pk"))


def address_of(world: World, person: Person) -> str:
    return world.email(person)
