"""Which team a new ticket goes to: the first rule that fits, else the default team."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What is known of a ticket before anyone has read it."""

    organisation_id: int
    category_ids: frozenset[int]  # the category and its ancestors
    channel: str
    words: str  # subject and description


@dataclass(frozen=True)
class Rule:
    """Conditions that must all hold; an empty one always does. `words`: any one of them suffices."""

    team_id: int
    organisation_id: int | None = None
    category_id: int | None = None
    channel: str = ""
    words: tuple[str, ...] = ()


def route(facts: Facts, rules: Iterable[Rule]) -> int | None:
    """Return the team of the first rule that fits, or None."""
    folded = _fold(facts.words)
    for rule in rules:
        if _fits(rule, facts, folded):
            return rule.team_id
    return None


def _fits(rule: Rule, facts: Facts, folded: str) -> bool:
    return (
        rule.organisation_id in (None, facts.organisation_id)
        and (rule.category_id is None or rule.category_id in facts.category_ids)
        and rule.channel in ("", facts.channel)
        and (not rule.words or any(_fold(word) in folded for word in rule.words))
    )


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
