"""Files of a ticket, as its requester sees them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse

from entraide.core.actor import Actor
from entraide.look.files import file_answer
from entraide.tickets import queries
from entraide.tickets.models import Attachment, Ticket


def attachment(request: Any, number: int, attachment_id: int, name: str) -> HttpResponse:
    """A file of a ticket that the person may see."""
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    if ticket is None:
        raise Http404
    return serve(ticket, request.actor, attachment_id)


def serve(ticket: Ticket, actor: Actor, attachment_id: int) -> HttpResponse:
    """Return a file of `ticket` that this actor may see. Raises Http404."""
    found = Attachment.objects.select_related("entry").filter(pk=attachment_id).first()
    if found is None or not queries.is_in_conversation(found.entry, ticket, actor=actor):
        raise Http404
    return file_answer(found)
