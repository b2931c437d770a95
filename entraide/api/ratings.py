"""What those who asked say of how their ticket was dealt with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from entraide.api.access import actor_of, require
from entraide.api.tickets import ERRORS, find
from entraide.tickets.rating import ratings_of

router = Router(tags=["tickets"])


class RatingOut(Schema):
    """A mark from 1 (very bad) to 5 (very good). `entry` is the number in the timeline."""

    entry: int
    person_id: int
    person_name: str
    mark: int
    words: str
    rated_at: datetime


@router.get("/{int:number}/ratings", response={200: list[RatingOut], **ERRORS}, summary="Read how it went")
def read(request: HttpRequest, number: int) -> Any:
    """Return the mark of each who asked, the newest first. Only the desk sees it."""
    require(request, "tickets:read")
    ticket = find(request, number)
    if not actor_of(request).may("ticket.see_internal", ticket):
        raise Http404
    return [
        {
            "entry": row.entry.number, "person_id": row.person_id, "person_name": row.person.name, "mark": row.mark,
            "words": row.words, "rated_at": row.rated_at,
        }
        for row in ratings_of(ticket)
    ]  # fmt: skip
