"""The filter `date`, known to every template: Django's own, but with days as each language writes them."""

from __future__ import annotations

from typing import Any

from django import template

from entraide.look.dates import date_format

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, pattern: str = "DATE_FORMAT") -> str:
    """A date, a time or both by Django's letters; nothing for what is neither."""
    try:
        return date_format(value, pattern)
    except AttributeError:
        return ""
