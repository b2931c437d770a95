"""Places where a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import itertools
import os
import signal

# Read once: a desk that is not being tested pays one comparison.
_WANTED, _colon, _TIMES = os.environ.get("ENTRAIDE_CRASH_AT", "").rpartition(":")
if not _TIMES.isdecimal():  # the places of mail have a colon of their own
    _WANTED, _TIMES = _WANTED + _colon + _TIMES, "1"
_reached = itertools.count(1)


def reach(place: str) -> None:
    """Kill this process with SIGKILL if `ENTRAIDE_CRASH_AT` names this place (refused outside development).

    `place:3` kills it when it comes there for the third time.
    """
    if _WANTED and place == _WANTED and next(_reached) == int(_TIMES):
        os.kill(os.getpid(), signal.SIGKILL)
