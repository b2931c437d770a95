"""What is sent, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Message:
    """One message as it is kept: its type, and the body as it goes or will be made from."""

    type: str
    body: str


@dataclass(frozen=True)
class Outcome:
    """How an attempt went; `said` is what came back, `error` why it failed, in words for people."""

    went: bool
    duration_ms: int
    status: int | None = None
    said: str = ""
    error: str = ""
    # How long the receiver asks to be left alone.
    wait: timedelta = timedelta()
    # It asks to be told nothing any more.
    is_gone: bool = False
