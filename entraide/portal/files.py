"""Files of a ticket, served so that they can do no harm."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponse

from entraide.core.actor import Actor
from entraide.core.files import FileMissing, open_stored
from entraide.tickets import queries
from entraide.tickets.models import Attachment, Ticket

# What a browser may show by itself; everything else is a download.
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}


def attachment(request: Any, number: int, attachment_id: int, name: str) -> HttpResponse:
    """A file of a ticket that the person may see."""
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    if ticket is None:
        raise Http404
    return serve(ticket, request.actor, attachment_id)


def serve(ticket: Ticket, actor: Actor, attachment_id: int) -> HttpResponse:
    """Return a file of `ticket` that this actor may see. Raises Http404."""
    found = Attachment.objects.select_related("entry").filter(ticket=ticket, pk=attachment_id).first()
    if found is None or not (found.entry.is_public or actor.may("ticket.see_internal", ticket)):
        raise Http404
    try:
        source = open_stored(found.digest)
    except FileMissing as error:
        raise Http404 from error
    mime = "text/plain; charset=utf-8" if found.mime == "text/plain" else found.mime
    answer: Any = FileResponse(source, as_attachment=found.mime not in SHOWN, filename=found.name, content_type=mime)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer  # type: ignore[no-any-return]

