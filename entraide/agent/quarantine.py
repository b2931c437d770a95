"""The quarantine: files that are held back, and having one of them all the same, with a reason."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render

from entraide.agent.access import clean, needs, sentence, takes_post
from entraide.agent.paging import page
from entraide.core.events import Refused
from entraide.core.files import FileMissing, open_stored
from entraide.tickets.quarantine import held_files, take_out
from entraide.tickets.verdicts import mark

NEWEST = ("-pk",)


@needs("quarantine.open")
def quarantine(request: Any) -> HttpResponse:
    """What is held back, newest first."""
    return _show(request)


@needs("quarantine.open")
@takes_post("agent:quarantine")
def quarantined_file(request: Any, key: int) -> HttpResponse:
    """One of them, for whoever says why; as a download of no type that a program would open by itself."""
    found = held_files().filter(pk=key).first()
    if found is None:
        raise Http404
    try:
        content = open_stored(found.digest)
        take_out(found, reason=clean(request.POST.get("reason", "")), actor=request.actor)
    except FileMissing as error:
        raise Http404 from error
    except Refused as refused:
        return _show(request, refused=refused, key=key)
    answer: Any = FileResponse(
        content, as_attachment=True, filename=found.name, content_type="application/octet-stream"
    )
    return answer  # type: ignore[no-any-return]


def _show(request: Any, *, refused: Refused | None = None, key: int | None = None) -> HttpResponse:
    rows, following = page(held_files(), order=NEWEST, after=request.GET.get("after", ""))
    mark(rows)
    context = {
        "rows": rows,
        "next_cursor": following,
        "refused": sentence(refused) if refused else None,
        "refused_key": key,
        "section": "quarantine",
    }
    return render(request, "agent/quarantine.html", context, status=422 if refused else 200)
