"""The portal's own stream: that something was written to the requester's tickets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

from entraide.core.live import Announcement, Word, ask, hub
from entraide.core.scope import Scope, scoped
from entraide.tickets import queries
from entraide.tickets.models import Ticket

HEARTBEAT_S = 15


async def stream(request: Any) -> HttpResponse:
    """Server-sent events with the numbers of tickets that changed; public entries only."""
    answer: Any = StreamingHttpResponse(_events(request.actor, request.reach), content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer  # type: ignore[no-any-return]


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
                continue
            number = await ask(_seen, heard, actor, scope)
            if number is not None:
                yield f"event: ticket\ndata: {json.dumps({'number': number})}\n\n"


def _seen(announcement: Announcement, actor: Any, scope: Scope) -> int | None:
    # Other stories have keys of their own.
    is_ticket = announcement.story == Ticket._meta.label_lower
    if not (is_ticket and announcement.is_public and scope.covers(announcement.organisation_id)):
        return None
    with scoped(scope):
        return queries.visible_to(actor).filter(pk=announcement.story_id).values_list("number", flat=True).first()
