"""Who is told that a promise is in danger or missed: whose ticket it is, else the team that should take it."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db.models import Q

from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.telling import tell
from entraide.people.models import Person
from entraide.tickets.events.promises import ClockBreached, ClockWarned
from entraide.tickets.models import ClockRow, TicketEntry
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
    first, *others = _promises(entry)
    words = {"promise": first[0], "level": first[1], "also": [f"{metric}:{level}" for metric, level in others]}
    words["due"] = event.due_at.isoformat()
    # A silence that breaks two promises at one instant is two entries, and one thing to be told of.
    same = f"{event.instant.astimezone(UTC):%Y%m%dT%H%M%S.%f}"
    tell(people, kind=kind, ticket=ticket, entry=entry, words=words, same=same)


def _promises(entry: TicketEntry) -> list[tuple[str, int]]:
    """Return the promise of this entry and those that come to the same at that instant, in an order that is the same for all.

    The clocks are asked rather than the entries: the other's may be a moment from being written.
    """
    event: Any = entry.event
    instant = event.instant
    if isinstance(event, ClockWarned):
        at_once = Q(warned_for=instant) | Q(warn_at=instant, ended_at=None, due_at=event.due_at)
    else:
        at_once = Q(breach_told_for=instant) | Q(due_at=instant, next_alarm_at=instant)
    found = ClockRow.objects.filter(at_once, ticket=entry.ticket).values_list("metric", "level")
    return sorted({*found, (event.metric, event.level)})


def _members(team_id: int | None) -> list[int]:
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        return list(Person.objects.filter(teams__pk=team_id).values_list("pk", flat=True)) if team_id else []
