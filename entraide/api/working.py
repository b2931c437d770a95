"""Time spent on a ticket: read it, log it, take it back."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from entraide.api.access import actor_of, require
from entraide.api.schemas import EntryOut, Key, Line, Text
from entraide.api.tickets import ERRORS, find, find_to_change, written
from entraide.core.events import Refused
from entraide.people.queries import technicians
from entraide.tickets.models import Work
from entraide.tickets.working import log_work, withdraw_work, work_on

router = Router(tags=["time spent"])
WRITTEN = {201: EntryOut, **ERRORS}
DONE = {200: EntryOut, **ERRORS}


class WorkIn(Schema):
    """`minutes` from 1 to 1440; without `day` today, without `activity` as the ticket's mode, without `person_id` oneself."""

    minutes: Annotated[int, Field(ge=-(2**31), lt=2**31)]
    day: date | None = None
    activity: Line = ""
    text: Text = ""
    person_id: Key | None = None


class WorkOut(Schema):
    """Time of one person on one day. `entry` is the number in the timeline, by which it is taken back."""

    entry: int
    person_id: int
    person_name: str
    day: date
    minutes: int
    activity: str
    text: str


@router.get("/{int:number}/work", response={200: list[WorkOut], **ERRORS}, summary="Read the time spent")
def read(request: HttpRequest, number: int) -> Any:
    """Return what was logged and counts, the newest day first. Only the desk sees it."""
    require(request, "tickets:read")
    ticket = find(request, number)
    if not actor_of(request).may("ticket.see_internal", ticket):
        raise Http404
    return [
        {
            "entry": row.entry.number, "person_id": row.person_id, "person_name": row.person.name, "day": row.day,
            "minutes": row.minutes, "activity": row.activity, "text": row.text,
        }
        for row in work_on(ticket)
    ]  # fmt: skip


@router.post("/{int:number}/work", response=WRITTEN, summary="Log time")
def log(request: HttpRequest, number: int, data: WorkIn) -> Any:
    """Note that somebody of the desk worked on the ticket."""
    ticket = find_to_change(request, number)
    me = request.person  # type: ignore[attr-defined]
    person = me
    if data.person_id is not None and data.person_id != me.pk:
        person = next((each for each in technicians() if each.pk == data.person_id), None)
        if person is None:
            raise Refused(_("Choose somebody of the desk."), field="person_id")
    entry = log_work(
        ticket, person=person, minutes=data.minutes, day=data.day, activity=data.activity, text=data.text,
        actor=actor_of(request),
    )  # fmt: skip
    return 201, written(entry)


@router.delete("/{int:number}/work/{int:entry}", response=DONE, summary="Take logged time back")
def withdraw(request: HttpRequest, number: int, entry: int, reason: Text = "") -> Any:
    """Let the time of this entry count no more; the entry stays."""
    ticket = find_to_change(request, number)
    if not Work.objects.filter(ticket=ticket, entry__number=entry).exists():
        raise Http404
    return 200, written(withdraw_work(ticket, entry_number=entry, reason=reason, actor=actor_of(request)))
