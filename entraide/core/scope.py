"""Whose data may be seen right now: entered once per request, job, mail or stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_current: ContextVar[Scope | None] = ContextVar("entraide_scope", default=None)


class NoScope(RuntimeError):
    """A query over organisations' data was made before anyone said for whom."""


@dataclass(frozen=True)
class Scope:
    """The organisations whose rows may be read and written; `organisations` is None for all of them.

    Behind a wall (core/wall.py) the database shows no others, either, whatever it is asked.
    """

    organisations: frozenset[int] | None
    reason: str
    is_walled: bool = False

    @classmethod
    def of(cls, *organisation_ids: int) -> Scope:
        """Return the scope of these organisations and no other."""
        return cls(frozenset(organisation_ids), "these organisations")

    @classmethod
    def walled(cls, organisation_ids: Iterable[int], *, reason: str) -> Scope:
        """Return the scope of these organisations for somebody who is of none of the desk's teams: behind the wall."""
        return cls(frozenset(organisation_ids), reason, is_walled=True)

    @classmethod
    def among(cls, organisation_ids: Iterable[int], *, reason: str) -> Scope:
        return cls(frozenset(organisation_ids), reason)

    @classmethod
    def everything(cls, *, reason: str) -> Scope:
        """Return the scope of all organisations; `reason` says why that is right."""
        if not reason.strip():
            raise ValueError("A scope over everything needs a reason.")
        return cls(None, reason)

    def covers(self, organisation_id: int | None) -> bool:
        return self.organisations is None or organisation_id in self.organisations


@contextmanager
def scoped(scope: Scope) -> Iterator[Scope]:
    """Enter `scope` for the length of the block; a block inside another replaces it until it ends."""
    token = _current.set(scope)
    try:
        yield scope
    finally:
        _current.reset(token)


def current_scope() -> Scope:
    """Return the scope in force. Raises NoScope where none was entered."""
    scope = _current.get()
    if scope is None:
        raise NoScope("No scope was entered: wrap the work in `with scoped(Scope.of(organisation.id))`.")
    return scope


def walled_organisations() -> frozenset[int] | None:
    """Return the organisations of a scope that is behind the wall; None where no such scope is in force."""
    scope = _current.get()
    return scope.organisations if scope is not None and scope.is_walled else None
