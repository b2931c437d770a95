"""Files of a ticket, as its requester sees them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from entraide.audit.origin import Origin
from entraide.core.actor import Actor
from entraide.look.files import file_answer, held_answer
from entraide.tickets import queries
from entraide.tickets.models import Attachment, Ticket
from entraide.tickets.seeing import note_seen
from entraide.tickets.verdicts import HeldBack, require_free


def attachment(request: Any, number: int, attachment_id: int, name: str) -> HttpResponse:
    """A file of a ticket that the person may see."""
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    if ticket is None:
        raise Http404
    return serve(request, ticket, request.actor, attachment_id)


def serve(
    request: HttpRequest, ticket: Ticket, actor: Actor, attachment_id: int, *, by: Origin | None = None
) -> HttpResponse:
    """Return a file of `ticket` that this actor may see. Raises Http404."""
    found = Attachment.objects.select_related("entry").filter(pk=attachment_id).first()
    if found is None or not queries.is_in_conversation(found.entry, ticket, actor=actor):
        raise Http404
    try:
        require_free(found)
    except HeldBack as held:
        return held_answer(request, held.message, is_passing=held.is_passing)
    note_seen(ticket, file=found, by=by)
    return file_answer(found)
