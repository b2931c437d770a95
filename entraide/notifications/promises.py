"""Who is told that a promise is in danger or missed: whose ticket it is, else the team that should take it."""

from __future__ import annotations

from typing import Any

from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.telling import tell
from entraide.people.models import Person
from entraide.tickets.events.promises import ClockBreached, ClockWarned
from entraide.tickets.models import TicketEntry
from entraide.tickets.status import OPEN


@reacts_to(ClockWarned)
def tell_of_danger(entry: TicketEntry) -> None:
    """Tell that a promise is in danger."""
    _tell(entry, "promise_in_danger")


@reacts_to(ClockBreached)
def tell_of_miss(entry: TicketEntry) -> None:
    """Tell that a promise was missed."""
    _tell(entry, "promise_missed")


def _tell(entry: TicketEntry, kind: str) -> None:
    event: Any = entry.event
    ticket = entry.ticket
    if ticket.status not in OPEN:
        return
    people = [ticket.assignee_id] if ticket.assignee_id else _members(ticket.team_id)
    words = {"promise": event.metric, "level": event.level, "due": event.due_at.isoformat()}
    tell(people, kind=kind, ticket=ticket, entry=entry, words=words)


def _members(team_id: int | None) -> list[int]:
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        return list(Person.objects.filter(teams__pk=team_id).values_list("pk", flat=True)) if team_id else []
