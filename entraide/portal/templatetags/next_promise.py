"""What the requester may count on next, in plain words."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.look import times
from entraide.tickets.models import Ticket

register = template.Library()
ANSWERS = ("first_response", "next_response", "update_rhythm")
# Promises to the client; what the levels promise each other is no concern of the requester's.
TOLD = (*ANSWERS, "on_site_arrival", "resolution")


@register.simple_tag
def next_promise(ticket: Ticket) -> SafeString | str:
    """The next promise of this ticket to its requester, or nothing where none runs."""
    running = ticket.clocks.filter(state="running", metric__in=TOLD, due_at__isnull=False)
    found = running.order_by("due_at").first()
    if found is None or found.due_at is None:
        return ""
    if found.due_at <= now():
        words = _("We are late: this was promised for %(when)s.")
    elif found.metric in ANSWERS:
        words = _("You hear from us by %(when)s.")
    elif found.metric == "on_site_arrival":
        words = _("Somebody is with you by %(when)s.")
    else:
        words = _("To be solved by %(when)s.")
    when = times.by(found.due_at, now=now())
    return format_html(
        '<span class="portal-promise"><time datetime="{}" title="{}">{}</time></span>',
        found.due_at.isoformat(),
        times.exact(found.due_at),
        words % {"when": when},
    )
