"""Who at the desk is told when something happens to a ticket."""

from __future__ import annotations

from typing import Any

from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications import approvals, contracts, majors, promises, quarantine, ratings  # noqa: F401 (their reactions register themselves)
from entraide.notifications.models import Notification
from entraide.notifications.telling import tell
from entraide.people.models import Person
from entraide.tickets.events.assigning import Assigned
from entraide.tickets.events.escalating import Escalated, HandoverReturned
from entraide.tickets.events.messages import MailBounced, NoteAdded, RequesterWrote, StrangerWrote
from entraide.tickets.events.moving import MovedToOrganisation
from entraide.tickets.events.resolving import Reopened
from entraide.tickets.events.third_parties import ThirdPartyAnswered
from entraide.tickets.models import TicketEntry
from entraide.tickets.third_parties import conversation_named, conversations_of, is_third_party_of


@reacts_to(Assigned)
def tell_of_assignment(entry: TicketEntry) -> None:
    """Tell whom the ticket was assigned to; not whom it goes back to, who had it before."""
    event: Any = entry.event
    if event.takes_back:
        return
    tell([event.assignee_id], kind="assigned", ticket=entry.ticket, entry=entry)


@reacts_to(Escalated)
def tell_of_handover(entry: TicketEntry) -> None:
    """Tell the team that is asked to take over."""
    event: Any = entry.event
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        members = list(Person.objects.filter(teams__pk=event.team_id).values_list("pk", flat=True))
    tell(members, kind="handover", ticket=entry.ticket, entry=entry, words={"team": event.team_id})


@reacts_to(HandoverReturned)
def tell_of_return(entry: TicketEntry) -> None:
    """Tell whom the ticket goes back to."""
    _tell_assignee(entry, "handover_returned")


@reacts_to(NoteAdded)
def tell_of_mention(entry: TicketEntry) -> None:
    """Tell those whom a note names, by themselves or with their team."""
    event: Any = entry.event
    tell(event.mentioned_ids, kind="mentioned", ticket=entry.ticket, entry=entry)


@reacts_to(RequesterWrote)
def tell_of_answer(entry: TicketEntry) -> None:
    """Tell the assignee that the requester answered."""
    _tell_assignee(entry, "requester_answered")


@reacts_to(StrangerWrote)
def tell_of_stranger(entry: TicketEntry) -> None:
    """Tell the assignee that somebody who is not on the ticket answered."""
    _tell_assignee(entry, "stranger_answered")


@reacts_to(ThirdPartyAnswered)
def tell_of_third_party(entry: TicketEntry) -> None:
    """Tell the assignee that a third party answered; where there is none, who had written last."""
    event: Any = entry.event
    if event.is_automatic:
        return
    conversation = conversation_named(event.conversation, conversations_of(entry.ticket))
    written = [each for each in (conversation.entries if conversation else ()) if each.actor_person_id]
    last = written[-1].actor_person_id if written else None
    tell([entry.ticket.assignee_id or last], kind="third_party_answered", ticket=entry.ticket, entry=entry)


@reacts_to(Reopened)
def tell_of_reopening(entry: TicketEntry) -> None:
    """Tell the assignee that it was not solved after all."""
    _tell_assignee(entry, "reopened")


@reacts_to(MailBounced)
def tell_of_bounce(entry: TicketEntry) -> None:
    """Tell the assignee that the requester, or a third party, cannot be reached by mail."""
    event: Any = entry.event
    if event.is_permanent:
        template = "third_party_bounced" if is_third_party_of(entry.ticket, event.email) else None
        tell([entry.ticket.assignee_id], kind="undeliverable", ticket=entry.ticket, entry=entry, template=template)


@reacts_to(MovedToOrganisation)
def take_notifications_along(entry: TicketEntry) -> None:
    """Let what was told of a moved ticket belong to where it is now."""
    with scoped(Scope.everything(reason="what was told belongs to the organisation that the ticket left")):
        Notification.objects.filter(ticket_id=entry.ticket_id).update(organisation_id=entry.organisation_id)


def _tell_assignee(entry: TicketEntry, kind: str) -> None:
    tell([entry.ticket.assignee_id], kind=kind, ticket=entry.ticket, entry=entry)
