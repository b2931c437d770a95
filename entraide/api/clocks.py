"""The clocks of a ticket with all their stretches, and its stays at levels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router

from entraide.api.access import require
from entraide.api.schemas import ClockOut, StayOut
from entraide.api.tickets import ERRORS, find
from entraide.core.clock import now
from entraide.tickets.clocks import Shown, shown
from entraide.tickets.models import Ticket

router = Router(tags=["promises"])
SECOND = timedelta(seconds=1)


@router.get("/{int:number}/clocks", response={200: list[ClockOut], **ERRORS}, summary="Read the clocks")
def read_clocks(request: HttpRequest, number: int) -> Any:
    """Return every promise on the ticket as it stands now (or as it stood when the ticket was closed), with the stretches that account for each second."""
    require(request, "tickets:read")
    ticket = find(request, number)
    clocks = shown(ticket, now=ticket.closed_at or now())
    if not _sees_internals(request, ticket):
        clocks = [each for each in clocks if not each.is_internal]
    return [_clock(each) for each in clocks]


@router.get("/{int:number}/stays", response={200: list[StayOut], **ERRORS}, summary="Read the stays at levels")
def read_stays(request: HttpRequest, number: int) -> Any:
    """Return when the ticket came to each level, was accepted there and left; nothing for who sees no internals."""
    require(request, "tickets:read")
    ticket = find(request, number)
    return ticket.stays.all() if _sees_internals(request, ticket) else []


def _sees_internals(request: Any, ticket: Ticket) -> bool:
    may: bool = request.actor.may("ticket.see_internal", ticket)
    return may


def _clock(each: Shown) -> dict[str, Any]:
    clock, reading = each.clock, each.reading
    assert clock.target is not None
    return {
        "metric": clock.metric,
        "level": clock.level or None,
        "began": clock.began,
        "is_internal": each.is_internal,
        "state": reading.state,
        "target_minutes": clock.target.minutes,
        "calendar_id": clock.target.calendar,
        "priority": clock.target.priority,
        "elapsed_s": reading.elapsed // SECOND,
        "paused_s": reading.paused // SECOND,
        # Rounded once: what has passed and what remains are together what was promised.
        "remaining_s": clock.target.minutes * 60 - reading.elapsed // SECOND,
        "due_at": reading.due_at,
        "promised_at": reading.promised_at,
        "warn_at": reading.warn_at,
        "breached_at": reading.breached_at,
        "ended_at": clock.ended_at,
        "segments": [
            {"kind": part.kind, "start": part.start, "end": part.end, "entry": part.number, "reason": part.reason}
            for part in each.segments
        ],
    }
