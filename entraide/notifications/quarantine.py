"""Who at the desk is told when a harmful file is held back."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.telling import tell
from entraide.people.models import RoleGrant
from entraide.people.rights import Role
from entraide.tickets.events.quarantine import FileHeldBack
from entraide.tickets.models import TicketEntry


@reacts_to(FileHeldBack)
def tell_of_harmful_file(entry: TicketEntry) -> None:
    """Tell whoever works on the ticket, and the security officers for its organisation; where there is none, the managers."""
    event: Any = entry.event
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        covering = Q(organisation_id=None) | Q(organisation_id=entry.organisation_id)
        grants = RoleGrant.objects.filter(covering, person__is_active=True)
        officers = sorted(set(grants.filter(role=Role.SECURITY_OFFICER).values_list("person_id", flat=True)))
        people = officers or sorted(set(grants.filter(role=Role.MANAGER).values_list("person_id", flat=True)))
    words = {"file": event.name, "found": event.found, "message": f"{event.name}\n{event.found}"}
    tell([*people, entry.ticket.assignee_id], kind="harmful_file", ticket=entry.ticket, entry=entry, words=words)
