"""Conversations with third parties beside the requester's: read them, write into them."""

from __future__ import annotations

from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from entraide.api.access import actor_of, require
from entraide.api.schemas import EntryOut, Line, Text, Uploads
from entraide.api.tickets import ERRORS, entry_out, find, find_to_change, written
from entraide.api.uploads import files_named
from entraide.channels.email.third_parties import write
from entraide.tickets.third_parties import conversations_of
from entraide.tickets.timeline import lines_of

router = Router(tags=["third parties"])


class ThirdPartyMessageIn(Schema):
    """A mail to third parties. With the `key` of a conversation it goes on, and needs no subject.

    `hold_reason` is what the ticket waits for from now on. `confirmed` sends it although an address is another client's.
    """

    to: Annotated[list[Line], Field(max_length=10)]
    subject: Line = ""
    text: Text = ""
    attachments: Uploads = []
    conversation: Line = ""
    hold_reason: Line = ""
    confirmed: bool = False


class ThirdPartyConversationOut(Schema):
    """`addresses` are those to which the desk wrote last."""

    key: str
    reference: str
    subject: str
    addresses: list[str]
    entries: list[EntryOut]


@router.get(
    "/{int:number}/third-parties",
    response={200: list[ThirdPartyConversationOut], **ERRORS},
    summary="Read the conversations with third parties",
)
def read(request: HttpRequest, number: int) -> Any:
    """Return what was written to third parties and what they answered, by conversation. Only the desk sees it."""
    require(request, "tickets:read")
    ticket = find(request, number)
    if not actor_of(request).may("ticket.see_internal", ticket):
        raise Http404
    return [
        {
            "key": each.key,
            "reference": each.reference,
            "subject": each.subject,
            "addresses": list(each.addresses),
            "entries": [entry_out(line) for line in lines_of(each.entries)],
        }
        for each in conversations_of(ticket)
    ]


@router.post("/{int:number}/third-parties", response={201: EntryOut, **ERRORS}, summary="Write to third parties")
def write_to(request: HttpRequest, number: int, data: ThirdPartyMessageIn) -> Any:
    """Send a mail to third parties. Answers 409 for an address of another client's that was not confirmed."""
    ticket = find_to_change(request, number)
    with transaction.atomic():
        entry = write(
            ticket,
            to=[each.strip().lower() for each in data.to],
            subject=data.subject,
            text=data.text,
            attachments=files_named(request, data.attachments),
            conversation=data.conversation,
            hold_reason=data.hold_reason,
            is_confirmed=data.confirmed,
            actor=actor_of(request),
        )
    return 201, written(entry)
