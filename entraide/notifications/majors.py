"""Who at the desk is told of a major incident: its lead and the teams with a stake in it."""

from __future__ import annotations

from typing import Any

from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.telling import tell
from entraide.people.models import Person
from entraide.tickets.events.majors import (
    MajorChanged,
    MajorDeclared,
    MajorStandingDownShared,
    MajorStoodDown,
    MajorUpdated,
)
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.standing_down import led_before


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
    before = led_before(entry)
    ids = [] if event.lead_id == before.lead_id else [event.lead_id]
    ids += _members(set(event.team_ids) - set(before.team_ids))
    tell(ids, kind="major_incident", ticket=entry.ticket, entry=entry, template="major_update_staff")


@reacts_to(MajorUpdated)
def tell_of_news(entry: TicketEntry) -> None:
    """Tell the lead and the teams what the public was told."""
    people = _concerned(entry.ticket)
    tell(people, kind="major_incident", ticket=entry.ticket, entry=entry, template="major_update_staff")


@reacts_to(MajorStoodDown)
def tell_of_standing_down(entry: TicketEntry) -> None:
    """Tell whoever led it, whose ticket it is, and the teams that had a stake in it."""
    before = led_before(entry)
    people = [before.lead_id, entry.ticket.assignee_id, *_members(before.team_ids)]
    tell(people, kind="major_incident", ticket=entry.ticket, entry=entry, template="major_stood_down_staff")


@reacts_to(MajorStandingDownShared)
def tell_of_being_on_its_own(entry: TicketEntry) -> None:
    """Tell whoever has a ticket that followed: it is not resolved with another one any more."""
    people = [entry.ticket.assignee_id]
    tell(people, kind="major_incident", ticket=entry.ticket, entry=entry, template="major_follower_staff")


def _concerned(ticket: Ticket) -> list[int | None]:
    return [ticket.major_lead_id, ticket.assignee_id, *_members(ticket.major_team_ids)]


def _members(team_ids: Any) -> list[int]:
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        return list(Person.objects.filter(teams__pk__in=list(team_ids)).values_list("pk", flat=True))
