"""Icons, times and the small marks of the desk, for templates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from entraide.core.clock import now
from entraide.look import punctuation, times
from entraide.look.icons import icon_svg

register = template.Library()
HUES = 8


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon by its Tabler name."""
    return icon_svg(name)


@register.filter
def labelled(label: object, text: object) -> str:
    """ "Label: text", as the language joins them."""
    return punctuation.labelled(label, text)


@register.simple_tag
def colon() -> str:
    """A colon and the spaces around it, where what follows is markup."""
    return punctuation.labelled("", "")


@register.simple_tag
def when(instant: datetime | None) -> str:
    """A relative time, exact on hover."""
    if instant is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        instant.isoformat(),
        times.exact(instant),
        times.ago(instant, now=now()),
    )


@register.simple_tag
def deadline(instant: datetime | None) -> str:
    """A deadline in words, exact on hover."""
    if instant is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        instant.isoformat(),
        times.exact(instant),
        times.deadline(instant, now=now()),
    )


@register.simple_tag
def exact_span(start: datetime, end: datetime) -> str:
    """Two instants as "2 March 08:00 – 12:30", the day said once where it is the same."""
    return times.between(start, end)


@register.filter
def span(length: timedelta) -> str:
    """A length of time in its two largest units."""
    return times.span(length)


@register.simple_tag
def priority_mark(priority: int) -> SafeString:
    """P1 to P4, told apart by more than colour."""
    return format_html('<span class="prio prio-{}">P{}</span>', priority, priority)


@register.simple_tag
def level_mark(level: int) -> SafeString:
    """N1 to N3."""
    return format_html('<span class="level level-{}">N{}</span>', level, level)


@register.simple_tag
def status_mark(ticket: Any) -> SafeString:
    """The state of a ticket."""
    return format_html('<span class="state state-{}">{}</span>', ticket.status, ticket.get_status_display())


@register.simple_tag
def avatar(name: str) -> SafeString:
    """The initials of somebody, in a colour of their own."""
    words = [word for word in name.split() if word[:1].isalpha()]
    initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"
    return format_html('<span class="face face-{}" aria-hidden="true">{}</span>', sum(map(ord, name)) % HUES, initials)


@register.filter
def keep_query(query: Any, changes: str) -> str:
    """The query string of this page with some of it changed: `request.GET|keep_query:"cursor="`."""
    changed = query.copy()
    for pair in changes.split("&"):
        name, _equals, value = pair.partition("=")
        if value:
            changed[name] = value
        else:
            changed.pop(name, None)
    encoded: str = changed.urlencode()
    return encoded


@register.filter
def as_query(asked: dict[str, Any]) -> str:
    """The query string that asks for a mapping of names to values."""
    return urlencode(asked)
