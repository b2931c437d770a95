"""Conversations with third parties beside the requester's: what belongs to which, and writing into them.

A conversation is called by the ticket and the entry with which it began ("1042-7"), wherever it goes on when tickets are merged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.tickets.attachments import FileRef
from entraide.tickets.events.third_parties import ThirdPartyAnswered, ThirdPartyWritten
from entraide.tickets.merging import parts_of
from entraide.tickets.models import ThirdParty, Ticket, TicketEntry, reference_of

SUBJECT_LENGTH = 200
REMEMBERED_AT_MOST = 8
KINDS = (ThirdPartyWritten.kind, ThirdPartyAnswered.kind)


@dataclass(frozen=True)
class Conversation:
    """What was written to and by the same third parties about one thing; oldest entry first."""

    key: str
    subject: str
    addresses: tuple[str, ...]
    entries: tuple[TicketEntry, ...]

    @property
    def reference(self) -> str:
        """What stands in the subject of its mails: ENT-1042-7."""
        number, _dash, first = self.key.partition("-")
        return f"{reference_of(int(number))}-{first}"

    @property
    def last(self) -> TicketEntry:
        return self.entries[-1]

    @property
    def is_answered(self) -> bool:
        """Tell whether the last word is theirs."""
        return self.last.kind == ThirdPartyAnswered.kind

    def was_written_to(self, email: str) -> bool:
        return email.lower() in {each.lower() for entry in self.entries for each in getattr(entry.event, "to", ())}


def write_to_third_party(
    ticket: Ticket, *, to: Iterable[str], subject: str, text: str, actor: Actor, attachments: Iterable[FileRef] = (),
    conversation: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Write to third parties; they get it by mail. With the key of a conversation it goes on, under its own subject."""
    if conversation:
        subject = _known(ticket, conversation).subject
    event = ThirdPartyWritten(
        text, "", tuple(attachments),
        to=tuple(dict.fromkeys(to)),
        subject=" ".join(subject.split())[:SUBJECT_LENGTH],
        conversation=conversation,
    )  # fmt: skip
    return record(ticket, event, actor=actor, once=once)


def receive_from_third_party(
    ticket: Ticket, *, conversation: str, text: str, from_name: str, from_email: str, actor: Actor, html: str = "",
    attachments: Iterable[FileRef] = (), is_automatic: bool = False, source: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Keep what a third party answered; only the desk sees it. It ends waiting for a reason that says so."""
    event = ThirdPartyAnswered(
        text, html, tuple(attachments), source,
        from_name=from_name,
        from_email=from_email,
        conversation=conversation,
        ends_waiting=not is_automatic and ThirdPartyAnswered.would_end(ticket.pending_reason),
        is_automatic=is_automatic,
    )  # fmt: skip
    return record(ticket, event, actor=actor, once=once)


def conversations_of(ticket: Ticket, parts: Iterable[Ticket] | None = None) -> list[Conversation]:
    """Return a ticket's conversations with third parties, and those of the tickets that are part of it; the first one first."""
    within = [ticket.pk, *(each.pk for each in (parts_of(ticket) if parts is None else parts))]
    rows = TicketEntry.objects.filter(ticket__in=within, kind__in=KINDS).order_by("at", "pk")
    found: dict[str, list[TicketEntry]] = {}
    for entry in rows.select_related("ticket", "actor_person").prefetch_related("attachments"):
        found.setdefault(key_of(entry), []).append(entry)
    return [_conversation(key, entries) for key, entries in found.items()]


def conversation_named(key: str, conversations: Iterable[Conversation]) -> Conversation | None:
    return next((each for each in conversations if each.key == key), None)


def key_of(entry: TicketEntry) -> str:
    """Return the key of the conversation to which an entry belongs."""
    event: Any = entry.event
    return event.conversation or f"{entry.ticket.number}-{entry.number}"


def remembered(organisation_id: int) -> list[str]:
    """Return the addresses to which the desk wrote about tickets of this organisation, the newest first."""
    rows = ThirdParty.objects.filter(organisation_id=organisation_id).order_by("-written_at", "email")
    return list(rows.values_list("email", flat=True)[:REMEMBERED_AT_MOST])


def is_third_party_of(ticket: Ticket, email: str) -> bool:
    """Tell whether the desk wrote to this address as to a third party about `ticket`."""
    return any(each.was_written_to(email) for each in conversations_of(ticket))


def _known(ticket: Ticket, key: str) -> Conversation:
    found = conversation_named(key, conversations_of(ticket))
    if found is None:
        raise Refused(_("This conversation is not one of this ticket any more."), field="conversation")
    return found


def _conversation(key: str, entries: list[TicketEntry]) -> Conversation:
    written: list[Any] = [entry.event for entry in entries if entry.kind == ThirdPartyWritten.kind]
    # Who was written to last is who is meant now.
    last = written[-1] if written else None
    return Conversation(key, last.subject if last else "", last.to if last else (), tuple(entries))
