"""Who acts, and from where: entered once per request or command, so that whatever is written down knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Channel = Literal["page", "api", "mail", "command", "job"]


@dataclass(frozen=True)
class Origin:
    """`kind` is "nobody" for whoever has not signed in; `address` is an IP, where there is one."""

    channel: Channel
    kind: Literal["person", "system", "nobody"] = "system"
    person_id: int | None = None
    name: str = ""
    address: str | None = None


# What no request and no command asked for, a background job did.
BY_ITSELF = Origin("job", name="Entraide")
_current: ContextVar[Origin] = ContextVar("entraide_origin", default=BY_ITSELF)


@contextmanager
def coming_from(origin: Origin) -> Iterator[Origin]:
    """Let what is written down in this block be by `origin`."""
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)


def come_from(origin: Origin) -> None:
    """Let all that this process does from now on be by `origin`: for commands."""
    _current.set(origin)


def current_origin() -> Origin:
    return _current.get()
