"""Whom a rule names is told; what it did goes along when a ticket moves."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from entraide.automation.models import Firing
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.telling import tell
from entraide.people.models import Person
from entraide.tickets.events.moving import MovedToOrganisation
from entraide.tickets.events.rules import HierarchicallyEscalated
from entraide.tickets.models import TicketEntry
from entraide.tickets.priority import Priority


@reacts_to(HierarchicallyEscalated)
def tell_of_rule(entry: TicketEntry) -> None:
    """Tell each of them in their own language; whoever is on call for a P1 at once, also in their quiet hours."""
    event: Any = entry.event
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        people = list(Person.objects.select_related("organisation").filter(pk__in=event.recipient_ids).order_by("pk"))
    for person in people:
        with translation.override(person.spoken_language), timezone.override(ZoneInfo(person.organisation.time_zone)):
            message = event.why()
        tell(
            [person.pk],
            kind="escalation_rule",
            ticket=entry.ticket,
            entry=entry,
            words={"rule": event.rule_name, "message": message[:1].upper() + message[1:] + "."},
            urgent=person.pk in event.on_call_ids and entry.ticket.priority == Priority.P1,
            by_mail=event.by_mail,
        )


@reacts_to(MovedToOrganisation)
def take_firings_along(entry: TicketEntry) -> None:
    """Let what rules did on a moved ticket belong to where it is now."""
    with scoped(Scope.everything(reason="what was done belongs to the organisation that the ticket left")):
        Firing.objects.filter(ticket_id=entry.ticket_id).update(organisation_id=entry.organisation_id)
