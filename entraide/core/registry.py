"""Registries: a new kind of something is one file that registers itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Coded(Protocol):
    @property
    def code(self) -> str: ...


K = TypeVar("K", bound=Coded)


class Registry(Generic[K]):
    """The known kinds of one thing, by code, in the order in which they registered."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._kinds: dict[str, K] = {}

    def register(self, kind: K) -> K:
        """Add a kind. Raises ValueError when its code is taken."""
        if kind.code in self._kinds:
            raise ValueError(f"There are two {self._what} called {kind.code!r}.")
        self._kinds[kind.code] = kind
        return kind

    def get(self, code: str) -> K:
        """Return the kind with this code. Raises KeyError that names the known ones."""
        try:
            return self._kinds[code]
        except KeyError:
            raise KeyError(f"No {self._what} is called {code!r}; known: {', '.join(self._kinds)}.") from None

    def __contains__(self, code: object) -> bool:
        return code in self._kinds

    def __iter__(self) -> Iterator[K]:
        return iter(self._kinds.values())

    def codes(self) -> tuple[str, ...]:
        return tuple(self._kinds)
