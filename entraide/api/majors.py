"""Major incidents: declare, tell the public, change who leads, stand down, review; and the tickets that follow them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from entraide.api.access import actor_of
from entraide.api.schemas import EntryOut, Key, Text
from entraide.api.tickets import ERRORS, find_named, find_to_change, written
from entraide.core.events import Refused
from entraide.people.models import Person, Team
from entraide.people.queries import people_who_may
from entraide.tickets import actions
from entraide.tickets.models import Ticket

router = Router(tags=["major incidents"])
WRITTEN = {201: EntryOut, **ERRORS}
DONE = {200: EntryOut, **ERRORS}
Keys = Annotated[list[Key], Field(max_length=200)]


class LeadingIn(Schema):
    """Who leads, which teams and contacts of the client have a stake in it; no rhythm is the agreement's."""

    lead_id: Key
    team_ids: Keys = []
    contact_ids: Keys = []
    rhythm_minutes: int | None = None


class DeclarationIn(LeadingIn):
    """`text` is what the public is told."""

    text: Text


class UpdateIn(Schema):
    text: Text


class ReviewIn(Schema):
    happened: Text
    why: Text
    changes: Text


class FollowingIn(Schema):
    """`major` is the number of an open major incident."""

    major: Annotated[int, Field(ge=1, lt=2**31)]


@router.post("/{int:number}/major", response=WRITTEN, summary="Declare a major incident")
def declare(request: HttpRequest, number: int, data: DeclarationIn) -> Any:
    """Lead an open P1 as a major incident; its requester and the contacts are told `text`."""
    ticket = find_to_change(request, number)
    return 201, written(actions.declare_major(ticket, text=data.text, actor=actor_of(request), **_led(ticket, data)))


@router.put("/{int:number}/major", response=DONE, summary="Change who leads a major incident")
def change(request: HttpRequest, number: int, data: LeadingIn) -> Any:
    """Set the lead, the stakeholders and the rhythm."""
    ticket = find_to_change(request, number)
    return 200, written(actions.change_major(ticket, actor=actor_of(request), **_led(ticket, data)))


@router.delete("/{int:number}/major", response=DONE, summary="Stand a major incident down")
def stand_down(request: HttpRequest, number: int, reason: Text = "") -> Any:
    """Go on with a ticket that is no major incident after all; `reason` is asked for, and the public reads it."""
    return 200, written(actions.stand_down(find_to_change(request, number), reason=reason, actor=actor_of(request)))


@router.post("/{int:number}/major/updates", response=WRITTEN, summary="Tell the public how it stands")
def update(request: HttpRequest, number: int, data: UpdateIn) -> Any:
    """Publish an update; the requesters of the tickets that follow get it, too."""
    return 201, written(actions.update_major(find_to_change(request, number), text=data.text, actor=actor_of(request)))


@router.put("/{int:number}/major/review", response=DONE, summary="Write the review")
def review(request: HttpRequest, number: int, data: ReviewIn) -> Any:
    """Say of a resolved major incident what happened, why, and what changes; until it is closed, again."""
    ticket = find_to_change(request, number)
    entry = actions.review_major(
        ticket, happened=data.happened, why=data.why, changes=data.changes, actor=actor_of(request)
    )
    return 200, written(entry)


@router.put("/{int:number}/following", response=DONE, summary="Let a ticket follow a major incident")
def follow(request: HttpRequest, number: int, data: FollowingIn) -> Any:
    """Link an open ticket: its requester hears each update, and it is resolved together with the major incident."""
    ticket = find_to_change(request, number)
    major = find_named(request, data.major, field="major")
    return 200, written(actions.follow(ticket, major=major, actor=actor_of(request)))


@router.delete("/{int:number}/following", response=DONE, summary="Let a ticket no longer follow")
def unfollow(request: HttpRequest, number: int) -> Any:
    """Unlink the ticket from its major incident."""
    return 200, written(actions.unfollow(find_to_change(request, number), actor=actor_of(request)))


def _led(ticket: Ticket, data: LeadingIn) -> dict[str, Any]:
    lead = next((each for each in people_who_may("ticket.lead_major") if each.pk == data.lead_id), None)
    if lead is None:
        raise Refused(_("Choose who leads the major incident."), field="lead_id")
    teams = list(Team.objects.filter(pk__in=data.team_ids, is_active=True))
    if len(teams) != len(set(data.team_ids)):
        raise Refused(_("Choose teams that exist."), field="team_ids")
    contacts = list(Person.objects.filter(pk__in=data.contact_ids, organisation_id=ticket.organisation_id))
    if len(contacts) != len(set(data.contact_ids)):
        raise Refused(_("Choose contacts of the ticket's organisation."), field="contact_ids")
    return {"lead": lead, "teams": teams, "contacts": contacts, "rhythm_minutes": data.rhythm_minutes}
