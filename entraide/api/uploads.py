"""Files in and out. An upload gives a token, signed for the person who made it, that a message names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from ninja import File, Router
from ninja.errors import HttpError
from ninja.files import UploadedFile

from entraide.api.access import require
from entraide.api.problems import Problem, problem
from entraide.api.schemas import UploadOut
from entraide.core.files import open_stored
from entraide.tickets import queries
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import Attachment
from entraide.tickets.seeing import note_seen
from entraide.tickets.uploads import LARGEST_FILE_BYTES, file_named, keep_upload, token_of
from entraide.tickets.verdicts import HeldBack, require_free

router = Router(tags=["files"])
A_FILE = {
    "responses": {
        200: {"description": "The file", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    }
}


@router.post(
    "", response={201: UploadOut, 401: Problem, 403: Problem, 413: Problem, 422: Problem}, summary="Upload a file"
)
def upload(request: Any, file: File[UploadedFile]) -> Any:
    """Keep a file for a message to come (within a day). The type is read from the content."""
    require(request, "tickets:write")
    if (file.size or 0) > LARGEST_FILE_BYTES:
        raise HttpError(413, _("This file is too large: at most %(mb)d MB.") % {"mb": LARGEST_FILE_BYTES // 1024**2})
    kept = keep_upload(file)
    token = token_of(kept, person_id=request.token.person_id)
    return 201, {"token": token, "name": kept.name, "mime": kept.mime, "size_bytes": kept.size_bytes}


@router.get(
    "/{int:attachment_id}",
    response={401: Problem, 403: Problem, 404: Problem, 503: Problem},
    summary="Download a file",
    openapi_extra=A_FILE,
)
def download(request: Any, attachment_id: int) -> Any:
    """Return the file, always as a download. One that is held back is refused: 503 until it is scanned, 403 if it is harmful."""
    require(request, "tickets:read")
    actor: Any = request.actor
    found = Attachment.objects.select_related("entry", "ticket").filter(pk=attachment_id).first()
    if found is None or not queries.visible_to(actor).filter(pk=found.ticket_id).exists():
        raise Http404
    if not found.entry.is_public and not actor.may("ticket.see_internal", found.ticket):
        raise Http404
    try:
        require_free(found)
    except HeldBack as held:
        refusal = problem(503 if held.is_passing else 403, _("Held back"), held.message)
        if held.is_passing:
            refusal["Retry-After"] = "10"
        return refusal
    note_seen(found.ticket, file=found)
    answer: Any = FileResponse(
        open_stored(found.digest), as_attachment=True, filename=found.name, content_type=found.mime
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def files_named(request: Any, tokens: Iterable[str]) -> tuple[FileRef, ...]:
    """Return the uploads that these tokens name. Raises Refused for one that is not this person's, or too old."""
    return tuple(file_named(token, person_id=request.token.person_id) for token in tokens)
