"""What the requester may count on next, in plain words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
    return _in_words(found.metric, found.due_at) if found else ""


@register.simple_tag
def known_promise(ticket: Any) -> SafeString | str:
    """The same for a ticket of a list, which brought it along (queries.with_client_promise)."""
    return _in_words(ticket.client_due_metric, ticket.client_due_at)


def _in_words(metric: str | None, due_at: datetime | None) -> SafeString | str:
    if due_at is None:
        return ""
    if due_at <= now():
        words = _("We are late: this was promised for %(when)s.")
    elif metric in ANSWERS:
        words = _("You hear from us by %(when)s.")
    elif metric == "on_site_arrival":
        words = _("Somebody is with you by %(when)s.")
    else:
        words = _("To be solved by %(when)s.")
    when = times.by(due_at, now=now())
    return format_html(
        '<span class="portal-promise"><time datetime="{}" title="{}">{}</time></span>',
        due_at.isoformat(),
        times.exact(due_at),
        words % {"when": when},
    )
