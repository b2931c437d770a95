"""Two things in one ticket: messages of it become a ticket of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.look.dates import date_format
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.events.messages import Replied, RequesterWrote
from entraide.tickets.events.opening import TicketOpened
from entraide.tickets.events.resolving import Reopened
from entraide.tickets.linking import link
from entraide.tickets.models import Channel, Ticket, TicketEntry

# Notes stay where they are: the requester reads the new ticket.
SPLITTABLE = (TicketOpened.kind, RequesterWrote.kind, Reopened.kind, Replied.kind)


def split(ticket: Ticket, *, entries: Iterable[int], subject: str, actor: Actor, once: str | None = None) -> Ticket:
    """Open a ticket of the same requester with these messages of `ticket` and their files, and return it.

    Its clocks start now: until now the promises of the first ticket held for what was written there.
    """
    with transaction.atomic():
        rows = list(splittable(ticket).filter(number__in=list(entries)))
        if not rows:
            raise Refused(_("Choose the messages that are about something else."), field="entries")
        opened = actions.open_ticket(
            ticket.organisation,
            requester=ticket.requester,
            subject=subject.strip() or ticket.subject,
            text=_text(rows),
            channel=Channel.DESK,
            actor=actor,
            kind=ticket.kind,
            is_confidential=ticket.is_confidential,
            on_behalf_of=ticket.on_behalf_of,
            site_id=ticket.site_id,
            mode=ticket.mode,
            impact=ticket.impact,
            urgency=ticket.urgency,
            watcher_ids=ticket.watcher_ids,
            attachments=_files(rows),
            once=once,
        )
        link(
            ticket,
            other=opened,
            relation="split_into",
            entries=[row.number for row in rows],
            actor=actor,
            once=f"{once}:link" if once else None,
        )
    return opened


def splittable(ticket: Ticket) -> Any:
    """Return the messages of a ticket that can become one of their own, oldest first."""
    return ticket.timeline().filter(kind__in=SPLITTABLE).select_related("actor_person")


def _text(rows: list[TicketEntry]) -> str:
    """Return the words under the name of whoever wrote them: the technician opens the ticket, and wrote none of it."""
    events: list[Any] = [row.event for row in rows]
    return "\n\n".join(
        f"{_who(row)}, {date_format(localtime(row.at), 'SHORT_DATETIME_FORMAT')}\n{event.text}"
        for row, event in zip(rows, events, strict=True)
    )


def _files(rows: list[TicketEntry]) -> list[FileRef]:
    return [file for row in rows for file in getattr(row.event, "attachments", ())]


def _who(row: TicketEntry) -> str:
    return row.actor_person.name if row.actor_person else _("Entraide")
