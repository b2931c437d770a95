"""Tickets that belong together: links, merges, splits and follow-ups."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from entraide.api.access import actor_of
from entraide.api.schemas import Line, Text, TicketOut, Uploads
from entraide.api.tickets import ERRORS, find, find_named, find_to_change
from entraide.api.uploads import files_named
from entraide.core.events import Refused
from entraide.tickets import following_up, linking, merging, splitting
from entraide.tickets.events.linking import RELATIONS
from entraide.tickets.models import Channel

router = Router(tags=["tickets that belong together"])
OPENED = {201: TicketOut, **ERRORS}
DONE = {200: TicketOut, **ERRORS}
Number = Annotated[int, Field(ge=1, lt=2**31)]


class LinkIn(Schema):
    """`other` is the number of the ticket that is to be this one's `relation`."""

    other: Number
    relation: Line


class MergeIn(Schema):
    into: Number


class SplitIn(Schema):
    """`entries` are the numbers of public messages in the timeline."""

    entries: Annotated[list[Number], Field(max_length=100)]
    subject: Line


class FollowUpIn(Schema):
    """Without a subject it is the closed ticket's."""

    text: Text
    subject: Line = ""
    attachments: Uploads = []


@router.post("/{int:number}/relations", response=OPENED, summary="Link two tickets")
def link(request: HttpRequest, number: int, data: LinkIn) -> Any:
    """Say what two tickets of one organisation have to do with each other: parent, child, duplicate_of, duplicated_by, caused_by, causes or related."""
    ticket = find_to_change(request, number)
    if data.relation not in RELATIONS or not RELATIONS[data.relation].is_chosen:
        raise Refused(_("Choose what the tickets have to do with each other."), field="relation")
    linking.link(
        ticket, other=find_named(request, data.other, field="other"), relation=data.relation, actor=actor_of(request)
    )
    return 201, find(request, number)


@router.delete("/{int:number}/relations/{int:other}", response=DONE, summary="Remove a link")
def unlink(request: HttpRequest, number: int, other: int) -> Any:
    """Remove what links two tickets, on both."""
    ticket = find_to_change(request, number)
    linking.unlink(ticket, other=find(request, other), actor=actor_of(request))
    return 200, find(request, number)


@router.post("/{int:number}/merger", response=OPENED, summary="Merge a ticket into another one")
def merge(request: HttpRequest, number: int, data: MergeIn) -> Any:
    """Close this ticket as part of `into`; its people follow that one, and answers to this one land there."""
    merging.merge(
        find_to_change(request, number), into=find_named(request, data.into, field="into"), actor=actor_of(request)
    )
    return 201, find(request, number)


@router.delete("/{int:number}/merger", response=DONE, summary="Undo a merge")
def unmerge(request: HttpRequest, number: int) -> Any:
    """Take this ticket out of the one of which it is a part, within 7 days."""
    merging.unmerge(find_to_change(request, number), actor=actor_of(request))
    return 200, find(request, number)


@router.post("/{int:number}/split", response=OPENED, summary="Split messages off into a new ticket")
def split(request: HttpRequest, number: int, data: SplitIn) -> Any:
    """Open a ticket of the same requester with these messages and their files; answers with the new ticket."""
    ticket = find_to_change(request, number)
    opened = splitting.split(ticket, entries=data.entries, subject=data.subject, actor=actor_of(request))
    return 201, find(request, opened.number)


@router.post("/{int:number}/follow-ups", response=OPENED, summary="Open a follow-up ticket")
def follow_up(request: HttpRequest, number: int, data: FollowUpIn) -> Any:
    """Open a ticket that refers to a closed one and takes its requester, site, category and followers along."""
    ticket = find_to_change(request, number)
    opened = following_up.follow_up(
        ticket, text=data.text, subject=data.subject, channel=Channel.API, attachments=files_named(request, data.attachments),
        actor=actor_of(request),
    )  # fmt: skip
    return 201, find(request, opened.number)
