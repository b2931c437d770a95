"""When the nearest promise of a ticket falls due, for the list and the board."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.look import times
from entraide.sla.metrics import METRICS
from entraide.tickets.models import Ticket
from entraide.tickets.status import Status

register = template.Library()
SOON = timedelta(hours=1)


@register.simple_tag
def due_mark(ticket: Ticket) -> SafeString | str:
    """The nearest promise: how long is left in words and what is promised; exact on hover."""
    due_at = ticket.next_due
    if due_at is None:
        paused = ticket.status == Status.WAITING and ticket.pauses_clocks
        return format_html('<span class="due quiet">{}</span>', _("paused")) if paused else ""
    left = due_at - now()
    urgency = "late" if left <= timedelta(0) else "soon" if left < SOON else "far"
    words = _("in %(span)s") if left > timedelta(0) else _("%(span)s late")
    return format_html(
        '<time class="due due-{}" datetime="{}" title="{}" data-in="{}" data-late="{}">{}<span class="under">{}</span></time>',
        urgency,
        due_at.isoformat(),
        times.exact(due_at),
        _("in %(span)s") % {"span": "{}"},
        _("%(span)s late") % {"span": "{}"},
        words % {"span": times.span(abs(left))},
        _(METRICS[ticket.next_due_metric].name),
    )
