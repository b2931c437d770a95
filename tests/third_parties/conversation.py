"""Writing to a supplier about Alice's printer, and letting the supplier answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.email.third_parties import write
from entraide.core.files import store_bytes
from entraide.people.models import Person
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import Ticket, TicketEntry
from tests.jobs import do_jobs
from tests.mail_in.mails import SUPPORT, mail, taken_in
from tests.world import World, everything

HOTLINE = "hotline@hp.example"


def written(
    world: World, ticket: Ticket, text: str = "Le pilote 4.1 bloque. Un correctif ?", *, by: Person | None = None,
    to: Iterable[str] = (HOTLINE,), subject: str = "Pilote HP 4050", **more: Any,
) -> OutgoingMail:  # fmt: skip
    """Write to third parties, let the jobs run, and return the mail."""
    with everything():
        entry = write(ticket, to=to, subject=subject, text=text, actor=world.as_(by or world.nadia), **more)
        do_jobs()
        return OutgoingMail.objects.get(entry=entry, template="third_party")


def answer(
    to: OutgoingMail, text: str = "Oui, la version 4.2.", *, sender: str = HOTLINE, message_id: str = "<a1@hp.example>",
    address: str = "", subject: str = "", refers: bool = True, **more: Any,
) -> IncomingMail:  # fmt: skip
    """Let somebody answer this mail of ours; by default as a mail program does."""
    headers = {"In_Reply_To": to.message_id, "References": to.message_id} if refers else {}
    place = address or to.reply_to
    raw = mail(
        f"HP Hotline <{sender}>", to=place, subject=subject or f"RE: {to.subject}", text=text, message_id=message_id,
        **headers, **more,
    )  # fmt: skip
    found = taken_in(raw, sender=sender, to=(place,))
    do_jobs()
    return found


def last(ticket: Ticket) -> TicketEntry:
    with everything():
        return TicketEntry.objects.filter(ticket=ticket).latest("number")


def a_file(name: str, content: bytes = b"journal") -> FileRef:
    kept = store_bytes(content)
    return FileRef(kept.digest, name, "text/plain", kept.size_bytes)


__all__ = ["HOTLINE", "SUPPORT", "a_file", "answer", "last", "written"]
