"""Who at the desk is told when somebody who asked is not content with how it went."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.telling import tell
from entraide.people.models import RoleGrant, Team
from entraide.people.rights import Role
from entraide.tickets.events.rating import Rated
from entraide.tickets.models import LOW_MARK, Ticket, TicketEntry


@reacts_to(Rated)
def tell_of_low_mark(entry: TicketEntry) -> None:
    """Tell the coordinators of a low mark; of one that is thought over and stays low, once."""
    event: Any = entry.event
    if event.mark > LOW_MARK:
        return
    words = {"mark": event.mark, "message": f"{event.mark}/5\n\n{event.words}".strip()}
    same = f"rated:{event.person_id}:{entry.ticket.reopenings}"
    tell(coordinators_of(entry.ticket), kind="low_rating", ticket=entry.ticket, entry=entry, words=words, same=same)


def coordinators_of(ticket: Ticket) -> list[int]:
    """Return the coordinators of the ticket's team; where it has none, those for its organisation, else the managers."""
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        covering = Q(organisation_id=None) | Q(organisation_id=ticket.organisation_id)
        grants = RoleGrant.objects.filter(covering, person__is_active=True)
        coordinators = set(grants.filter(role=Role.COORDINATOR).values_list("person_id", flat=True))
        members = set(Team.members.through.objects.filter(team_id=ticket.team_id).values_list("person_id", flat=True))
        found = (coordinators & members) or coordinators
        return sorted(found or set(grants.filter(role=Role.MANAGER).values_list("person_id", flat=True)))
