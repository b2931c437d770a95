"""What accounts for a ticket's time: its clocks with all their stretches, its stays at levels, what stood in its fields."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from entraide.api.access import actor_of, require
from entraide.api.schemas import ClockOut, EntryOut, PersonBrief, StayOut
from entraide.api.tickets import ERRORS, find, find_to_change, written
from entraide.contracts.holding import version_for
from entraide.core.clock import now
from entraide.core.events import NotAllowed, Refused
from entraide.sla.models import AgreementVersion
from entraide.tickets import actions
from entraide.tickets.clocks import Shown, shown
from entraide.tickets.field_history import history
from entraide.tickets.models import Ticket

router = Router(tags=["promises"])
SECOND = timedelta(seconds=1)


class RetargetingOut(Schema):
    """The version of an agreement under which the ticket stands now; `entry` is null where it stood there already."""

    agreement_id: int
    agreement: str
    version: int
    is_changed: bool
    entry: EntryOut | None


class FieldChangeOut(Schema):
    """One change of a field: what stood there as stored and in words, and for how long the new value then did."""

    field: str
    before: Any
    after: Any
    before_words: str
    after_words: str
    entry: int
    at: datetime
    actor: PersonBrief | None
    held_s: int


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


@router.get(
    "/{int:number}/fields/history",
    response={200: list[FieldChangeOut], **ERRORS},
    summary="Read the history of the fields",
)
def read_field_history(request: HttpRequest, number: int, field: str = "") -> Any:
    """Return each change of each field, or of `field` alone, the oldest first; nothing for who sees no internals."""
    require(request, "tickets:read")
    ticket = find(request, number)
    if not _sees_internals(request, ticket):
        return []
    return [
        {
            "field": each.field,
            "before": each.before,
            "after": each.after,
            "before_words": "" if each.is_first else each.before_words,
            "after_words": each.after_words,
            "entry": each.entry.number,
            "at": each.entry.at,
            "actor": {"id": each.entry.actor_person_id, "name": each.who} if each.entry.actor_person_id else None,
            "held_s": each.held // SECOND,
        }
        for each in history(ticket)
        if field in ("", each.field)
    ]


@router.post(
    "/{int:number}/retargeting",
    response={200: RetargetingOut, **ERRORS},
    summary="Put a ticket under the agreement in force",
)
def retarget(request: HttpRequest, number: int) -> Any:
    """Put an open ticket under the newest version of the agreement that holds for its place now; again, it changes nothing."""
    ticket, actor = find_to_change(request, number), actor_of(request)
    if not actor.may("ticket.retarget", ticket):
        raise NotAllowed(_("You do not have the right to do this here."))
    version_id = version_for(ticket.organisation_id, site_id=ticket.site_id)
    if version_id is None:
        raise Refused(_("No agreement holds for this ticket."), field="agreement")
    entry = (
        None
        if ticket.agreement_version_id == version_id
        else actions.retarget(ticket, version_id=version_id, actor=actor)
    )
    version = AgreementVersion.objects.select_related("agreement").get(pk=version_id)
    return {
        "agreement_id": version.agreement_id,
        "agreement": version.agreement.name,
        "version": version.number,
        "is_changed": entry is not None,
        "entry": written(entry) if entry is not None else None,
    }


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
