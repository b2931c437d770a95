"""Whom the desk's public words go to."""

from __future__ import annotations

from collections.abc import Iterable

from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.models import Ticket


def on_the_ticket(ticket: Ticket) -> list[Person]:
    """Return the requester, the one they asked for, and the followers."""
    return people([ticket.requester_id, ticket.on_behalf_of_id, *ticket.watcher_ids])


def people(ids: Iterable[int | None]) -> list[Person]:
    """Return these people with their addresses, those who are not active left out."""
    wanted = [each for each in ids if each is not None]
    with scoped(Scope.everything(reason="technicians are of another organisation than the ticket")):
        found = (
            Person.objects.select_related("organisation")
            .prefetch_related("addresses")
            .filter(pk__in=wanted, is_active=True)
        )
        return list(found)
