"""Words that must not be kept: told to every room that kept a copy of them, in the transaction that takes them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from entraide.core.story import Entry, Story

Mend = Callable[[str], str]


@dataclass(frozen=True)
class Oblivion:
    """What is forgotten of a story: in these entries each personal text becomes what `mend` returns.

    `is_whole`: nothing of their words stays, files included. Else it is one passage, and `mend` leaves the rest as it is;
    or, with `has_files`, a file that came with them.
    """

    story: Story
    entries: tuple[Entry, ...]
    mend: Mend
    is_whole: bool
    has_files: bool = False

    @property
    def entry_ids(self) -> list[int]:
        return [each.pk for each in self.entries]

    def finds(self, text: str) -> bool:
        """Tell whether something in this text must go."""
        return bool(text) and self.mend(text) != text


Forgetter = Callable[[Oblivion], None]
_forgetters: list[Forgetter] = []


def forgets(forgetter: Forgetter) -> Forgetter:
    """Register a function that takes the words out of what a room keeps besides the timeline; it may run twice."""
    if forgetter not in _forgetters:
        _forgetters.append(forgetter)
    return forgetter


def forget_everywhere(oblivion: Oblivion) -> None:
    """Let every room forget, within the transaction of the caller."""
    for forgetter in _forgetters:
        forgetter(oblivion)


def through(value: Any, mend: Mend) -> Any:
    """Return a JSON value with each of its texts as `mend` returns it; keys, figures and the rest stay."""
    if isinstance(value, str):
        return mend(value) if value else value
    if isinstance(value, dict):
        return {key: through(each, mend) for key, each in value.items()}
    if isinstance(value, list):
        return [through(each, mend) for each in value]
    return value
