"""Message-IDs and the headers that keep a conversation together."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.people.models import Person
from entraide.tickets.models import Ticket

REFERENCES_AT_MOST = 12
DESK_HEADER = "X-Entraide-Desk"


@dataclass(frozen=True)
class Thread:
    """Where a mail belongs in its reader's conversation."""

    in_reply_to: str
    references: tuple[str, ...]


def message_id_of(key: str) -> str:
    """Return the Message-ID of the mail with this key: the same one however often it is made."""
    signed = hmac.new(settings.SECRET_KEY.encode(), f"message-id:{key}".encode(), hashlib.sha256).hexdigest()
    return f"<{signed[:32]}@{settings.ENTRAIDE.mail_domain}>"


def desk_id() -> str:
    """Return what marks our own mails, so that we know them when they come back."""
    return hmac.new(settings.SECRET_KEY.encode(), b"desk", hashlib.sha256).hexdigest()[:16]


def thread_of(ticket: Ticket, *, reader: Person) -> Thread:
    """Return the headers for a mail on `ticket` to `reader`: after what they wrote, from whichever address, and what
    we sent them.
    """
    by_them = Q(entry__actor_person=reader)
    for address in reader.addresses.all():
        by_them |= Q(sender__iexact=address.email)
    written = IncomingMail.objects.filter(by_them, ticket=ticket).exclude(message_id="")
    sent = OutgoingMail.objects.filter(ticket=ticket, person=reader)
    return in_thread(
        [(mail.received_at, mail.message_id) for mail in written.only("received_at", "message_id")],
        [(mail.created_at, mail.message_id) for mail in sent.only("created_at", "message_id")],
    )


def in_thread(theirs: list[tuple[datetime, str]], ours: list[tuple[datetime, str]]) -> Thread:
    """Return the headers for a mail that comes after these, each with its time: it answers their newest one."""
    in_order = [message_id for _at, message_id in sorted([*theirs, *ours])]
    if len(in_order) > REFERENCES_AT_MOST:
        # The first one opens the conversation; the newest ones place this mail in it.
        in_order = [in_order[0], *in_order[-(REFERENCES_AT_MOST - 1) :]]
    latest = max(theirs)[1] if theirs else (in_order[-1] if in_order else "")
    return Thread(latest, tuple(in_order))
