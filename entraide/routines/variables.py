"""Variables in the texts of macros and templates: a short list, replaced in one pass, and nothing else.

What people type is never a program: `{{ ticket.subject }}` stands for a name on this list, and what comes in its place is
not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True)
class Filled:
    """A text with its variables replaced; `empty` names those that had no value here."""

    text: str
    empty: tuple[str, ...]


def used_in(text: str) -> list[str]:
    """Return the names of the variables in a text, each once, in order."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def unknown_in(text: str, known: Mapping[str, object]) -> list[str]:
    """Return the variables of a text that do not exist; braces that belong to none are given as they stand."""
    wrong = [name for name in used_in(text) if name not in known]
    return [*wrong, *_BRACES.findall(_VARIABLE.sub("", text))]


def fill(text: str, values: Mapping[str, Callable[[], str]]) -> Filled:
    """Return the text with each variable's value; one that has none leaves nothing behind."""
    found: dict[str, str] = {name: values[name]() for name in used_in(text) if name in values}
    return Filled(
        _VARIABLE.sub(lambda match: found.get(match.group(1), ""), text),
        tuple(name for name in used_in(text) if not found.get(name)),
    )
