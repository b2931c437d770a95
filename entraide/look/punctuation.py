"""Joining words as each language does: French sets a no-break space before a colon and has its own quotation marks."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _


def labelled(label: object, text: object) -> str:
    """Return "Label: text"."""
    return _("%(label)s: %(text)s") % {"label": label, "text": text}


def in_quotes(text: object) -> str:
    return _("“%(text)s”") % {"text": text}


def each_in_quotes(texts: Iterable[object]) -> str:
    """Return several things, each in quotation marks of its own, with commas between them."""
    return ", ".join(in_quotes(text) for text in texts)
