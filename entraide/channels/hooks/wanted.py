"""Which endpoint is told of which entry."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from entraide.channels.hooks.models import Endpoint, Transport
from entraide.channels.hooks.notices import notice_of
from entraide.core.events import Event, event_kinds
from entraide.tickets import events as _events  # noqa: F401 (the kinds register themselves)
from entraide.tickets.models import TicketEntry

TICKETS = "entraide.tickets.events."


def ticket_events() -> list[type[Event]]:
    """Return everything that can happen to a ticket, by kind."""
    found = event_kinds()
    return [found[kind] for kind in sorted(found) if found[kind].__module__.startswith(TICKETS)]


def can_be_public(event: type[Event]) -> bool:
    """Tell whether an entry of this kind may be one that its requester sees."""
    return event.is_public is not Event.is_public


def type_of(kind: str) -> str:
    """Return how a kind of entry is called in a message, as in ticket.opened."""
    return f"ticket.{kind.removeprefix('ticket_')}"


def somebody_listens() -> bool:
    """Tell whether any endpoint is told anything at all."""
    return Endpoint.objects.filter(is_active=True).exists()


def listeners(entry: TicketEntry) -> QuerySet[Endpoint]:
    """Return the endpoints that are told of this entry: none where the ticket is confidential, since nobody knows who reads there."""
    if entry.ticket.is_confidential:
        return Endpoint.objects.none()
    hooks = Q(transport=Transport.WEBHOOK) & (Q(kinds=[]) | Q(kinds__contains=[entry.kind]))
    if not entry.is_public:
        hooks &= Q(with_internal=True)
    wanted = hooks
    if (notice := notice_of(entry)) is not None:
        wanted |= Q(transport=Transport.CHAT) & (Q(kinds=[]) | Q(kinds__contains=[notice.code]))
    return Endpoint.objects.filter(
        wanted,
        Q(organisation_ids=[]) | Q(organisation_ids__contains=[entry.organisation_id]),
        Q(team_ids=[]) | Q(team_ids__contains=[entry.ticket.team_id]),
        is_active=True,
    )
