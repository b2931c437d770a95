"""Mails by their names, for templates."""

from __future__ import annotations

from django import template

from entraide.agent.mail_words import NAMES

register = template.Library()


@register.filter
def mail_name(code: str) -> str:
    """Return what a mail of the desk is called; one of an older version keeps its code."""
    return str(NAMES.get(code, code))
