"""Approvals: ask, read and withdraw as the desk; read and decide as somebody who is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from entraide.api.access import actor_of, require
from entraide.api.pages import PAGE, Page, page_of
from entraide.api.schemas import EntryOut, InstantToCome, Key, Line, Text
from entraide.api.tickets import ERRORS, find, find_to_change, written
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.approvals import approvals_on, asked_of, question_of
from entraide.tickets.approving import approve, ask, refuse, withdraw
from entraide.tickets.models import Approval

router = Router(tags=["approvals"])
WRITTEN = {201: EntryOut, **ERRORS}
DONE = {200: EntryOut, **ERRORS}


class ApprovalIn(Schema):
    """`rule` is any (the first answer decides) or all; of one person alone it does not matter. `holds` lets the ticket wait."""

    question: Text
    people: Annotated[list[Key], Field(min_length=1, max_length=20)]
    rule: Line = "any"
    until: InstantToCome | None = None
    holds: bool = False


class ApproverOut(Schema):
    """`answer` is approved, refused, or empty."""

    person_id: int
    person_name: str
    answer: str
    text: str
    answered_at: datetime | None


class ApprovalOut(Schema):
    """`entry` is the number in the timeline, by which it is withdrawn. `state`: open, approved, refused, withdrawn or expired."""

    id: int
    entry: int
    question: str
    rule: str
    state: str
    asked_by_id: int | None
    asked_at: datetime
    until: datetime | None
    decided_at: datetime | None
    people: list[ApproverOut]


class AskedOut(Schema):
    """What is asked of the token's person, with the request as its author wrote it. `answer` is one's own."""

    id: int
    ticket_number: int
    subject: str
    description: str
    requester_name: str
    question: str
    rule: str
    state: str
    answer: str
    asked_at: datetime
    until: datetime | None


class DecisionIn(Schema):
    """`text` is needed to refuse."""

    approves: bool
    text: Text = ""


@router.get(
    "/tickets/{int:number}/approvals", response={200: list[ApprovalOut], **ERRORS}, summary="Read the approvals"
)
def read(request: HttpRequest, number: int) -> Any:
    """Return what was asked on a ticket, the newest first. Only the desk sees it."""
    require(request, "tickets:read")
    ticket = find(request, number)
    if not actor_of(request).may("ticket.see_internal", ticket):
        raise Http404
    return [_shown(each) for each in approvals_on(ticket)]


@router.post("/tickets/{int:number}/approvals", response=WRITTEN, summary="Ask for an approval")
def ask_people(request: HttpRequest, number: int, data: ApprovalIn) -> Any:
    """Ask people of the ticket's organisation or of the desk to approve something."""
    ticket = find_to_change(request, number)
    with scoped(Scope.everything(reason="those who may approve are of the desk or of the client")):
        people = list(Person.objects.filter(pk__in=data.people, is_active=True))
    if len(people) != len(set(data.people)):
        raise Refused(_("Choose people who are there."), field="people")
    entry = ask(
        ticket, question=data.question, people=people, rule=data.rule, until=data.until, holds=data.holds,
        actor=actor_of(request),
    )  # fmt: skip
    return 201, written(entry)


@router.delete("/tickets/{int:number}/approvals/{int:entry}", response=DONE, summary="Withdraw a question")
def take_back(request: HttpRequest, number: int, entry: int) -> Any:
    """Take back what the entry asks; those who have not answered are told."""
    ticket = find_to_change(request, number)
    if not Approval.objects.filter(ticket=ticket, number=entry).exists():
        raise Http404
    return 200, written(withdraw(ticket, number=entry, actor=actor_of(request)))


@router.get("/approvals", response={200: Page[AskedOut], **ERRORS}, summary="List what is asked of oneself")
def list_asked(request: HttpRequest, state: Line = "", cursor: Line = "", limit: int = PAGE) -> Any:
    """Return what the token's person is or was asked to approve, the newest first."""
    require(request, "tickets:read")
    person: Person = request.person  # type: ignore[attr-defined]
    found = asked_of(person.pk)
    if state:
        if state not in Approval.State.values:
            known = ", ".join(Approval.State.values)
            raise Refused(
                _("“%(state)s” is not a state; known: %(known)s.") % {"state": state, "known": known}, field="state"
            )
        found = found.filter(state=state)
    rows, following = page_of(found, order="-asked_at", cursor=cursor, limit=limit)
    return {"items": [_asked(each, person) for each in rows], "next": following}


@router.post("/approvals/{int:key}/decision", response={201: AskedOut, **ERRORS}, summary="Approve or refuse")
def decide(request: HttpRequest, key: int, data: DecisionIn) -> Any:
    """Answer as one of those who were asked, once."""
    require(request, "tickets:write")
    person: Person = request.person  # type: ignore[attr-defined]
    found = asked_of(person.pk).filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    act = approve if data.approves else refuse
    act(found.ticket, number=found.number, text=data.text, actor=actor_of(request))
    found.refresh_from_db()
    return 201, _asked(found, person)


def _shown(approval: Approval) -> dict[str, Any]:
    return {
        **{name: getattr(approval, name) for name in ("id", "rule", "state", "asked_by_id", "asked_at", "until", "decided_at")},
        "entry": approval.number,
        "question": question_of(approval),
        "people": [
            {
                "person_id": each.person_id, "person_name": each.person.name, "answer": each.answer, "text": each.text,
                "answered_at": each.answered_at,
            }
            for each in approval.approvers.all()
        ],
    }  # fmt: skip


def _asked(approval: Approval, person: Person) -> dict[str, Any]:
    ticket = approval.ticket
    return {
        **{name: getattr(approval, name) for name in ("id", "rule", "state", "asked_at", "until")},
        "ticket_number": ticket.number,
        "subject": ticket.subject,
        "description": ticket.description,
        "requester_name": ticket.requester.name,
        "question": question_of(approval),
        "answer": next(each.answer for each in approval.approvers.all() if each.person_id == person.pk),
    }
