"""Lengths and shares as reports show them."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()
WIDTH = 100


@register.filter
def in_hours(length: timedelta) -> str:
    """A length in hours and minutes, never in days: of open time, a day has no fixed length."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    return _("%(h)d h %(m)02d") % {"h": hours, "m": rest} if rest else _("%(h)d h") % {"h": hours}


@register.simple_tag
def share(part: timedelta, whole: timedelta) -> int:
    """How wide a bar is for a part of a whole, from 0 to 100; what is there at all can be seen."""
    return max(1, round(WIDTH * (part / whole))) if whole else 0
