"""What endpoints are told when something happens to a ticket."""

from __future__ import annotations

from entraide.channels.hooks.delivering import tell_of
from entraide.channels.hooks.models import Delivery
from entraide.channels.hooks.wanted import somebody_listens, ticket_events
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.tickets.events.moving import MovedToOrganisation
from entraide.tickets.models import TicketEntry


@reacts_to(*ticket_events(), when=somebody_listens)
def tell_endpoints(entry: TicketEntry) -> None:
    """Write a message for each endpoint that wants to know of it."""
    tell_of(entry)


@reacts_to(MovedToOrganisation)
def take_deliveries_along(entry: TicketEntry) -> None:
    """Let what was delivered of a moved ticket belong to where it is now."""
    with scoped(Scope.everything(reason="what was delivered belongs to the organisation that the ticket left")):
        Delivery.objects.filter(entry__ticket_id=entry.ticket_id).update(organisation_id=entry.organisation_id)
