"""What of a search could not be read, with what may have been meant as links that search for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from entraide.tickets.asked_mistakes import Said


def said(mistakes: Iterable[Said], query: Any) -> list[str]:
    """Return each mistake as HTML; `query` is what the page was asked for, and is kept but for the words."""
    return [
        format_html("{} {}", each.sentence, _question(each, query)) if each.meant else each.sentence
        for each in mistakes
    ]


def _question(mistake: Said, query: Any) -> str:
    links = format_html_join(mark_safe(", "), "{}", ((_link(label, typed, query),) for label, typed in mistake.meant))
    return format_html(_("Did you mean {names}?"), names=links)


def _link(label: str, typed: str, query: Any) -> str:
    if not typed:
        return label
    asked = query.copy()
    asked.pop("after", None)
    asked["q"] = typed
    return format_html('<a href="{}?{}">{}</a>', reverse("agent:desk"), asked.urlencode(), label)
