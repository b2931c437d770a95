"""Who at the desk is told of an approval: those who are asked, and those who wait for the answer."""

from __future__ import annotations

from typing import Any

from entraide.core.reactions import reacts_to
from entraide.notifications.telling import tell
from entraide.tickets.events.approving import (
    ApprovalAsked,
    ApprovalExpired,
    ApprovalGiven,
    ApprovalRefused,
    ApprovalReminded,
    ApprovalWithdrawn,
)
from entraide.tickets.models import Approval, TicketEntry


@reacts_to(ApprovalAsked)
def tell_who_is_asked(entry: TicketEntry) -> None:
    """Tell the people of the desk who are asked."""
    _tell_asked(entry, entry.number, "approval_asked")


@reacts_to(ApprovalReminded)
def tell_who_is_silent(entry: TicketEntry) -> None:
    """Tell them again."""
    event: Any = entry.event
    _tell_asked(entry, event.asked_number, "approval_asked")


@reacts_to(ApprovalWithdrawn)
def tell_that_it_is_withdrawn(entry: TicketEntry) -> None:
    """Tell them in the console that they need not answer any more."""
    event: Any = entry.event
    _tell_asked(entry, event.asked_number, "approval_withdrawn", by_mail=False)


@reacts_to(ApprovalGiven)
def tell_of_approval(entry: TicketEntry) -> None:
    """Tell who asked and whose ticket it is, once the last answer that was needed is there."""
    _tell_askers(entry, "approval_given")


@reacts_to(ApprovalRefused)
def tell_of_refusal(entry: TicketEntry) -> None:
    """Tell who asked and whose ticket it is."""
    _tell_askers(entry, "approval_refused")


@reacts_to(ApprovalExpired)
def tell_of_silence(entry: TicketEntry) -> None:
    """Tell who asked and whose ticket it is that the answer did not come in time."""
    _tell_askers(entry, "approval_expired")


def _tell_asked(entry: TicketEntry, number: int, template: str, *, by_mail: bool = True) -> None:
    approval = _approval(entry, number)
    if approval is None:
        return
    silent = approval.approvers.filter(answer="").values_list("person_id", flat=True)
    words = {"message": approval.question, "until": approval.until.isoformat() if approval.until else ""}
    tell(
        silent, kind="approval_asked", ticket=entry.ticket, entry=entry, words=words, template=template, by_mail=by_mail
    )


def _tell_askers(entry: TicketEntry, template: str) -> None:
    event: Any = entry.event
    approval = _approval(entry, event.asked_number)
    if approval is None or approval.decided_number != entry.number:
        return
    said = getattr(event, "text", approval.question)
    people = [approval.asked_by_id, entry.ticket.assignee_id]
    tell(people, kind="approval_answered", ticket=entry.ticket, entry=entry, words={"message": said}, template=template)


def _approval(entry: TicketEntry, number: int) -> Approval | None:
    return Approval.objects.filter(ticket_id=entry.ticket_id, number=number).first()
