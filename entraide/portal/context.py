"""What every page knows of who looks at it."""

from __future__ import annotations

from typing import Any


def who(request: Any) -> dict[str, Any]:
    """Tell templates whether the person works at the desk."""
    actor = getattr(request, "actor", None)
    return {"at_the_desk": actor is not None and actor.may("desk.use")}
