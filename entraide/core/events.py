"""Events: typed facts that may happen to a story, each knowing its right, its check and its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from pydantic import TypeAdapter

from entraide.core.actor import Actor

ERASED = "[…]"


class Refused(Exception):
    """What was asked cannot be done now; the message is a whole sentence for the person who asked.

    `field` names the input at fault, where there is one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """The actor lacks the right."""


class Conflict(Refused):
    """Somebody else was faster; nothing was changed."""


@dataclass(frozen=True)
class Moment:
    """When an event happened, by whom, and as which entry of the story."""

    at: datetime
    actor: Actor
    number: int


@dataclass(frozen=True)
class Event:
    """A fact. Subclasses are frozen dataclasses whose fields are plain data (JSON-able through pydantic).

    `apply` must depend on nothing but the subject, its own fields and the moment, so that a
    story can be rebuilt from its timeline.
    """

    kind: ClassVar[str]
    right: ClassVar[str]
    # Of the mappings among its personal fields, the keys whose values are words; None for all of them.
    personal_keys: ClassVar[frozenset[str] | None] = None

    def check(self, subject: Any, actor: Actor) -> None:
        """Raise Refused when this cannot happen to `subject` now."""

    def apply(self, subject: Any, moment: Moment) -> None:
        """Write the effect on `subject` (in memory)."""
        raise NotImplementedError(type(self).__name__)

    def saved(self, subject: Any, entry: Any) -> None:
        """Write rows that are derived from this event; called in its transaction."""

    def describe(self, names: Any) -> str:
        """Return the one line that people read in the timeline (translated)."""
        raise NotImplementedError(type(self).__name__)

    def is_public(self) -> bool:
        """Tell whether the requester may see this entry."""
        return False

    def erase(self) -> Self:
        """Return this event without its personal words: fields marked `personal` are emptied, figures and codes stay."""
        emptied = {
            name: () if isinstance(value, tuple) else self._through(value, lambda _text: ERASED)
            for name, value in self._personal()
        }
        return replace(self, **emptied)

    def mended(self, mend: Callable[[str], str]) -> Self:
        """Return this event with each of its personal texts as `mend` returns it; files, figures and codes stay."""
        return replace(self, **{name: self._through(value, mend) for name, value in self._personal()})

    def _personal(self) -> Iterator[tuple[str, Any]]:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.metadata.get("personal") and value:
                yield each.name, value

    def _through(self, value: Any, mend: Callable[[str], str]) -> Any:
        if isinstance(value, str):
            return mend(value) if value else value
        if isinstance(value, dict):
            words = self.personal_keys
            return {
                key: self._through(each, mend) if words is None or key in words else each for key, each in value.items()
            }
        if isinstance(value, (list, tuple)):
            return type(value)(self._through(each, mend) for each in value)
        return value

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = _adapter(type(self)).dump_python(self, mode="json")
        return data


PERSONAL = {"personal": True}
_kinds: dict[str, type[Event]] = {}
_adapters: dict[str, TypeAdapter[Any]] = {}
E = TypeVar("E", bound=Event)


def event(cls: type[E]) -> type[E]:
    """Register an event class under its `kind`. Raises ValueError when two classes claim one kind."""
    known = _kinds.setdefault(cls.kind, cls)
    if known is not cls:
        raise ValueError(f"Two events are called {cls.kind!r}: {known.__qualname__} and {cls.__qualname__}.")
    return cls


def event_from(kind: str, data: dict[str, Any]) -> Event:
    """Return the event that was stored as `data`. Raises KeyError for a kind that nobody registered."""
    restored: Event = _adapter(_kinds[kind]).validate_python(data)
    return restored


def event_kinds() -> dict[str, type[Event]]:
    return dict(_kinds)


def _adapter(cls: type[Event]) -> TypeAdapter[Any]:
    if cls.kind not in _adapters:
        _adapters[cls.kind] = TypeAdapter(cls)
    return _adapters[cls.kind]
