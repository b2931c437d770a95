"""Telling the past: what is recorded inside gets the time of the story, and nothing follows from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from entraide.core.reactions import history


@contextmanager
def telling_the_past() -> Iterator[None]:
    """No mail leaves and no screen moves for what is recorded in this block; the clock is put back at its end."""
    before = os.environ.get("ENTRAIDE_CLOCK")
    try:
        with history():
            yield
    finally:
        os.environ.pop("ENTRAIDE_CLOCK", None)
        if before is not None:
            os.environ["ENTRAIDE_CLOCK"] = before


def set_clock(instant: datetime) -> None:
    """Let the next events happen at `instant` (aware)."""
    os.environ["ENTRAIDE_CLOCK"] = instant.isoformat()
