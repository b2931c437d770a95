"""The major incidents that concern whoever looks, in the public words of their lead."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Max

from entraide.core.actor import Actor
from entraide.core.scope import Scope, scoped
from entraide.tickets.events.majors import MajorDeclared, MajorUpdated
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.queries import majors_for

register = template.Library()


@register.inclusion_tag("portal/majors.html")
def open_majors(actor: Actor) -> dict[str, Any]:
    """A calm banner for each open major incident that concerns this actor; nothing where there is none."""
    majors = majors_for(actor)
    told = _told_at(majors) if majors else {}
    return {"majors": [(each, told.get(each.pk)) for each in majors]}


def _told_at(majors: list[Ticket]) -> dict[int, Any]:
    kinds = (MajorDeclared.kind, MajorUpdated.kind)
    with scoped(Scope.everything(reason="a major incident may be another organisation's than the tickets it strikes")):
        entries = TicketEntry.objects.filter(ticket__in=[each.pk for each in majors], kind__in=kinds)
        return dict(entries.order_by().values_list("ticket_id").annotate(at=Max("at")))
