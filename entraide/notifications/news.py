"""What is still news, and to whom it may be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from entraide.audit.models import Verification
from entraide.channels.hooks.models import Endpoint
from entraide.contracts.models import Contract
from entraide.core.scope import Scope, scoped
from entraide.notifications.models import Notification
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.tickets.events.promises import ClockTold
from entraide.tickets.models import ClockRow, Ticket, TicketEntry
from entraide.tickets.status import OPEN


def readers(person_ids: Iterable[int | None], about: Ticket | Contract | Endpoint | Verification) -> list[Person]:
    """Return those who may read what is internal to the ticket: an escalation is not for its requester's eyes.

    Of a contract, those who decide what becomes of it; of an endpoint, those who keep the settings of the whole desk; of the audit, those who read all of it.
    """
    right = "contract.edit" if isinstance(about, Contract) else "ticket.see_internal"
    wanted = {each for each in person_ids if each is not None}
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        found = (
            Person.objects.select_related("organisation")
            .prefetch_related("addresses", "roles")
            .filter(pk__in=wanted, is_active=True)
            .order_by("pk")
        )
        if isinstance(about, Endpoint):
            return [person for person in found if actor_for(person).may_everywhere("settings.edit")]
        if isinstance(about, Verification):
            return [person for person in found if actor_for(person).may_everywhere("audit.see")]
        actors = [(person, actor_for(person)) for person in found]
        return [person for person, actor in actors if actor.may(right, about) and not about.is_closed_to(actor)]


def is_over(notification: Notification) -> bool:
    """Tell whether what was told is no news any more: the promise was kept or its ticket resolved, the contract goes on."""
    if notification.endpoint is not None:
        return notification.endpoint.failing_since is None
    if notification.verification is not None:
        newest = Verification.objects.first()
        return newest is not None and newest.broken_at is None
    if notification.contract is not None:
        return notification.contract.ends_on != date.fromisoformat(notification.words["day"])
    event = notification.entry.event if notification.entry else None
    if not isinstance(event, ClockTold):
        return False
    if notification.about.status not in OPEN:
        return True
    # One line may speak of several promises: while one of them is not kept, it is still news.
    told = TicketEntry.objects.filter(
        ticket=notification.ticket, kind=event.kind, data__instant=event.as_data()["instant"]
    )
    clocks = Q()
    for each in told:
        other: Any = each.event
        metric, level, began = other.key
        clocks |= Q(metric=metric, level=level, began=began)
    return not ClockRow.objects.filter(clocks, ticket=notification.ticket, ended_at=None).exists()
