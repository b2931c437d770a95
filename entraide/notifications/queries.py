"""What one can ask about notifications, and that they were read. All of it is one person's own."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from entraide.contracts import queries as of_contracts
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.notifications.models import Notification
from entraide.tickets import queries
from entraide.tickets.models import Ticket

COUNTED_AT_MOST = 100
NEWEST = ("-created_at", "-pk")


def shown_to(actor: Actor) -> QuerySet[Notification]:
    """Return this person's lines about tickets, contracts, endpoints and the audit that they may still see."""
    visible = queries.visible_to(actor).order_by().values("pk")
    contracts = of_contracts.visible_to(actor).order_by().values("pk")
    about = Q(ticket__in=visible) | Q(contract__in=contracts)
    if actor.may_everywhere("settings.edit"):
        about |= Q(endpoint__isnull=False)
    if actor.may_everywhere("audit.see"):
        about |= Q(verification__isnull=False)
    return _own(actor).filter(about, in_console=True)


def unread_count(actor: Actor) -> int:
    """Return how many of them are unread; never more than `COUNTED_AT_MOST`."""
    return shown_to(actor).filter(read_at=None)[:COUNTED_AT_MOST].count()


def read_one(notification: Notification) -> None:
    """Note that this line was read."""
    _read(Notification.objects.filter(pk=notification.pk))


def read_about(ticket: Ticket, *, actor: Actor) -> None:
    """Note that this person has read whatever they were told of a ticket."""
    _read(_own(actor).filter(ticket=ticket))


def read_all(actor: Actor, *, until: int) -> None:
    """Note that this person has read all up to the line with this key: what came in since stays unread."""
    _read(shown_to(actor).filter(pk__lte=until))


def _own(actor: Actor) -> QuerySet[Notification]:
    return Notification.objects.filter(person_id=actor.person_id or 0)


def _read(notifications: QuerySet[Notification]) -> None:
    notifications.filter(read_at=None).update(read_at=now())
