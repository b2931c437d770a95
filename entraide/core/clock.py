"""The one place that reads the time of day."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

_SHIFT = re.compile(
    r"(?P<sign>[+-])P?(?:(?P<days>\d+)D)?T?(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?",
    re.IGNORECASE,
)


class BadClock(ValueError):
    """The text given as a clock is neither an instant nor a shift."""


def now() -> datetime:
    """Return the present instant (aware, UTC), as `ENTRAIDE_CLOCK` sets or shifts it in development."""
    real = datetime.now(UTC)
    wanted = os.environ.get("ENTRAIDE_CLOCK", "")
    return at(wanted, real=real) if wanted else real


def at(clock: str, *, real: datetime) -> datetime:
    """Return what `clock` makes of the instant `real`.

    `clock` is an ISO 8601 instant with its zone (time stands still there) or a shift such as
    `+3d`, `-PT2H30M`. Raises BadClock for anything else.
    """
    shift = _SHIFT.fullmatch(clock.strip())
    if shift and any(shift.group(part) for part in ("days", "hours", "minutes", "seconds")):
        parts = {part: int(shift.group(part) or 0) for part in ("days", "hours", "minutes", "seconds")}
        span = timedelta(**parts)
        return real + span if shift.group("sign") == "+" else real - span
    try:
        instant = datetime.fromisoformat(clock.strip())
    except ValueError as error:
        raise BadClock(
            f"ENTRAIDE_CLOCK={clock!r} is neither an instant (2026-03-02T08:00:00+01:00) nor a shift (+3d, -PT2H)."
        ) from error
    if instant.tzinfo is None:
        raise BadClock(f"ENTRAIDE_CLOCK={clock!r} needs a zone, as in 2026-03-02T08:00:00+01:00.")
    return instant.astimezone(UTC)
