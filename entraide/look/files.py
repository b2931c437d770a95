"""Files from outside, served so that they can do no harm."""

from __future__ import annotations

from typing import Any, Protocol

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from entraide.core.files import FileMissing, open_stored

# What a browser may show by itself; everything else is a download.
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}


class Kept(Protocol):
    """A stored file with the name and the type it is served under."""

    digest: Any
    name: Any
    mime: Any


def file_answer(kept: Kept) -> HttpResponse:
    """Return the file, streamed, in a sandbox. Raises Http404 when the store lacks it."""
    try:
        source = open_stored(kept.digest)
    except FileMissing as error:
        raise Http404 from error
    mime = "text/plain; charset=utf-8" if kept.mime == "text/plain" else kept.mime
    answer: Any = FileResponse(source, as_attachment=kept.mime not in SHOWN, filename=kept.name, content_type=mime)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer  # type: ignore[no-any-return]


def held_answer(request: HttpRequest, sentence: str, *, is_passing: bool) -> HttpResponse:
    """Say why a file is not given: for now (503), or because of what it is (403)."""
    status = 503 if is_passing else 403
    answer = render(
        request, "look/error.html", {"status": status, "is_held": True, "sentence": sentence}, status=status
    )
    if is_passing:
        answer["Retry-After"] = "10"
    return answer
