"""That somebody looked into a confidential ticket is written into the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from entraide.audit.origin import Origin
from entraide.audit.writing import Subject, write_down_once
from entraide.tickets.models import Attachment, Ticket

# Who reads on, or whose page refreshes itself, has looked once.
ONE_LOOK = timedelta(minutes=10)


def note_seen(ticket: Ticket, *, file: Attachment | None = None, by: Origin | None = None, **details: Any) -> None:
    """Write down that this ticket (or a file of it) was looked at, if it is confidential; once in ten minutes for each person and way."""
    if not ticket.is_confidential:
        return
    if file is not None:
        subject = Subject("tickets.attachment", file.pk, f"{ticket.reference}: {file.name}"[:300])
    else:
        subject = Subject("tickets.ticket", ticket.pk, ticket.reference)
    write_down_once(ONE_LOOK, "viewed", subject, organisation_id=ticket.organisation_id, details=details, by=by)
