"""Who at the desk is told of a major incident: its lead and the teams with a stake in it."""

from __future__ import annotations

from typing import Any

from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.telling import tell
from entraide.people.models import Person
from entraide.tickets.events.majors import MajorChanged, MajorDeclared, MajorUpdated
from entraide.tickets.models import Ticket, TicketEntry


@reacts_to(MajorDeclared)
def tell_of_declaration(entry: TicketEntry) -> None:
    """Tell whoever leads it and whose ticket it is at once; the teams with a stake in it as their people choose."""
    ticket = entry.ticket
    at_once = [ticket.major_lead_id, ticket.assignee_id]
    tell(at_once, kind="major_incident", ticket=ticket, entry=entry, urgent=True)
    tell(_members(ticket.major_team_ids), kind="major_incident", ticket=ticket, entry=entry)


@reacts_to(MajorChanged)
def tell_of_change(entry: TicketEntry) -> None:
    """Tell whoever leads it or has a stake in it since this change; another rhythm alone is news to nobody."""
    event: Any = entry.event
    led = entry.ticket.timeline().filter(number__lt=entry.number, kind__in=[MajorDeclared.kind, MajorChanged.kind])
    before: Any = led.latest("number").event
    ids = [] if event.lead_id == before.lead_id else [event.lead_id]
    ids += _members(set(event.team_ids) - set(before.team_ids))
    tell(ids, kind="major_incident", ticket=entry.ticket, entry=entry, template="major_update_staff")


@reacts_to(MajorUpdated)
def tell_of_news(entry: TicketEntry) -> None:
    """Tell the lead and the teams what the public was told."""
    people = _concerned(entry.ticket)
    tell(people, kind="major_incident", ticket=entry.ticket, entry=entry, template="major_update_staff")


def _concerned(ticket: Ticket) -> list[int | None]:
    return [ticket.major_lead_id, ticket.assignee_id, *_members(ticket.major_team_ids)]


def _members(team_ids: Any) -> list[int]:
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        return list(Person.objects.filter(teams__pk__in=list(team_ids)).values_list("pk", flat=True))
