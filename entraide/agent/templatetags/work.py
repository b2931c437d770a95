"""The timer that runs, on every page of the desk: it is forgotten least where it is seen."""

from __future__ import annotations

from typing import Any

from django import template

from entraide.core.clock import now
from entraide.tickets.timers import running_timer, seconds_of

register = template.Library()


@register.filter
def clock_face(seconds: int) -> str:
    """Return seconds as a clock shows them, 04:05 or 1:04:05, as the page goes on to count them."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


@register.inclusion_tag("agent/running_timer.html", takes_context=True)
def running_timer_of(context: Any) -> dict[str, Any]:
    """The timer of who looks, with a link to its ticket; one query."""
    request = context["request"]
    if not request.actor.may_on_anything("ticket.log_work"):
        return {"timer": None}
    timer = running_timer(request.person.pk)
    return {"timer": timer, "seconds": seconds_of(timer, now()) if timer else 0}
