"""Places where a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal

# Read once: a desk that is not being tested pays one comparison.
_WANTED = os.environ.get("ENTRAIDE_CRASH_AT", "")


def reach(place: str) -> None:
    """Kill this process with SIGKILL if `ENTRAIDE_CRASH_AT` names this place (refused outside development)."""
    if _WANTED and place == _WANTED:
        os.kill(os.getpid(), signal.SIGKILL)
