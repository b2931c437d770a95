"""The desk's stream: which tickets changed, as they change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse

from entraide.core.live import Announcement, Word, ask, hub
from entraide.core.scope import Scope, scoped
from entraide.tickets import presence, queries
from entraide.tickets.models import Ticket

HEARTBEAT_S = 15


async def stream(request: Any) -> HttpResponse:
    """Server-sent events: the number of each ticket in reach to which something was written."""
    if not request.actor.may("desk.use"):
        raise Http404
    answer: Any = StreamingHttpResponse(_events(request.actor, request.reach), content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer  # type: ignore[no-any-return]


stream.needs = "desk.use"  # type: ignore[attr-defined]


async def _events(actor: Any, scope: Scope) -> AsyncIterator[str]:
    async with hub.listening() as queue:
        yield "retry: 2000\n\n"
        while True:
            try:
                heard = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if heard is Word.END:
                return
            if heard is Word.GAP:
                yield "event: gap\ndata: {}\n\n"
            elif (number := await ask(_seen, heard, actor, scope)) is None:
                continue
            elif heard.kind == presence.KIND:
                yield f"event: presence\ndata: {json.dumps({'number': number})}\n\n"
            else:
                told = {
                    "number": number,
                    "kind": heard.kind,
                    "entry": heard.number,
                    "by": heard.actor_person_id,
                }
                yield f"event: ticket\ndata: {json.dumps(told)}\n\n"


def _seen(announcement: Announcement, actor: Any, scope: Scope) -> int | None:
    # Other stories have keys of their own.
    if announcement.story != Ticket._meta.label_lower or not scope.covers(announcement.organisation_id):
        return None
    with scoped(scope):
        return queries.visible_to(actor).filter(pk=announcement.story_id).values_list("number", flat=True).first()
