"""Files, as the desk sees them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse

from entraide.agent.access import needs
from entraide.look.files import file_answer, held_answer
from entraide.tickets import queries
from entraide.tickets.models import Attachment
from entraide.tickets.seeing import note_seen
from entraide.tickets.verdicts import HeldBack, require_free


@needs("ticket.see")
def attachment(request: Any, attachment_id: int, name: str) -> HttpResponse:
    """A file of a ticket that the person may see."""
    found = Attachment.objects.select_related("ticket", "entry").filter(pk=attachment_id).first()
    if found is None or not queries.visible_to(request.actor).filter(pk=found.ticket_id).exists():
        raise Http404
    if not found.entry.is_public and not request.actor.may("ticket.see_internal", found.ticket):
        raise Http404
    try:
        require_free(found)
    except HeldBack as held:
        return held_answer(request, held.message, is_passing=held.is_passing)
    note_seen(found.ticket, file=found)
    return file_answer(found)
