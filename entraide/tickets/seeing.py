"""That somebody looked into a confidential ticket is written into the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from entraide.audit.models import AuditEntry
from entraide.audit.origin import Origin, current_origin
from entraide.audit.writing import Subject, write_down
from entraide.core.clock import now
from entraide.tickets.models import Attachment, Ticket

# Who reads on, or whose page refreshes itself, has looked once.
ONE_LOOK = timedelta(minutes=10)


def note_seen(ticket: Ticket, *, file: Attachment | None = None, by: Origin | None = None, **details: Any) -> None:
    """Write down that this ticket (or a file of it) was looked at, if it is confidential; once in ten minutes for each person and way."""
    if not ticket.is_confidential:
        return
    origin = by or current_origin()
    if file is not None:
        subject = Subject("tickets.attachment", file.pk, f"{ticket.reference}: {file.name}")
    else:
        subject = Subject("tickets.ticket", ticket.pk, ticket.reference)
    seen = AuditEntry.objects.filter(
        act="viewed", subject_kind=subject.kind, subject_id=subject.id, actor_kind=origin.kind, actor_id=origin.person_id,
        channel=origin.channel, at__gt=now() - ONE_LOOK,
    )  # fmt: skip
    if not seen.exists():
        write_down("viewed", subject, organisation_id=ticket.organisation_id, details=details, by=by)
