"""The bar of bulk actions: what may be done with the chosen tickets, and what each verb asks."""

from __future__ import annotations

from typing import Any

from django import template

from entraide.agent.bulk import outcome
from entraide.agent.sending import new_key
from entraide.people.models import Team
from entraide.people.queries import technicians
from entraide.routines.bulk import AT_MOST
from entraide.routines.bulk_verbs import offered
from entraide.routines.models import BulkRun, Macro
from entraide.routines.ordering import by_use
from entraide.routines.reach import usable
from entraide.tickets.models import Category, PendingReason, ResolutionCode
from entraide.tickets.priority import Priority

register = template.Library()
# Those that ask nothing are done at one press.
AT_ONE_PRESS = ("take", "resume", "close", "follow", "unfollow")


@register.inclusion_tag("agent/bulk_bar.html", takes_context=True)
def bulk_bar(context: Any) -> dict[str, Any]:
    """The bar, hidden until something is chosen."""
    request = context["request"]
    macros = Macro.objects.filter(is_active=True)
    going_on = BulkRun.objects.filter(started_by=request.person.pk, finished_at=None).first()
    return {
        **(outcome(going_on) if going_on else {}),
        "unfinished": going_on is not None,
        "csrf_token": context.get("csrf_token"),
        "form_key": new_key(),
        "verbs": [(verb, verb.code in AT_ONE_PRESS) for verb in offered(request.actor)],
        "at_most": AT_MOST,
        "teams": Team.objects.filter(is_active=True),
        "technicians": technicians(),
        "priorities": Priority.choices,
        "categories": Category.objects.filter(is_active=True).select_related("parent").order_by("parent__name", "name"),
        "reasons": PendingReason.objects.all(),
        "codes": ResolutionCode.chosen(),
        "macros": by_use(usable(macros, request.actor), person_id=request.person.pk),
    }
