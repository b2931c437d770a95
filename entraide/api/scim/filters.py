"""Filters of SCIM, as far as directories ask them before they add somebody: one attribute that equals a text."""

from __future__ import annotations

import json
import re

from entraide.api.scim.answers import Wrong

_EQUALS = re.compile(
    r'\s*(?P<path>[A-Za-z][\w.:]*(?:\[[^\]]*\])?(?:\.\w+)?)\s+eq\s+(?P<text>"(?:[^"\\]|\\.)*")\s*', re.IGNORECASE
)


def equals(text: str, known: dict[str, str]) -> tuple[str, str] | None:
    """Return what is compared, in our words, and with which text; None without a filter. Raises Wrong.

    `known` gives our word for each attribute, in lower case.
    """
    if not text.strip():
        return None
    found = _EQUALS.fullmatch(text[:1000])
    name = found.group("path").lower() if found else ""
    name = re.sub(r"\[[^\]]*\]", "", name.rpartition(":")[2] if name.startswith("urn:") else name)
    if found is None or name not in known:
        raise Wrong(f"Only these can be asked for, by eq: {', '.join(known)}.", "invalidFilter")
    try:
        return known[name], str(json.loads(found.group("text")))
    except ValueError as wrong:
        raise Wrong("The text in the filter is not JSON.", "invalidFilter") from wrong
