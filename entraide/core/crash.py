"""Places where a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import itertools
import os
import signal

# Read once: a desk that is not being tested pays one comparison.
_WANTED, _colon, _TIMES = os.environ.get("ENTRAIDE_CRASH_AT", "").partition(":")
_reached = itertools.count(1)


def reach(place: str) -> None:
    """Kill this process with SIGKILL if `ENTRAIDE_CRASH_AT` names this place (refused outside development).

    `place:3` kills it when it comes there for the third time.
    """
    if _WANTED and place == _WANTED and next(_reached) == int(_TIMES or 1):
        os.kill(os.getpid(), signal.SIGKILL)
