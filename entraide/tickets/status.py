"""The states of a ticket and the allowed moves between them: the one table."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.events import Conflict


class Status(models.TextChoices):
    NEW = "new", gettext_lazy("New")
    IN_PROGRESS = "in_progress", gettext_lazy("In progress")
    WAITING = "waiting", gettext_lazy("Waiting")
    RESOLVED = "resolved", gettext_lazy("Resolved")
    CLOSED = "closed", gettext_lazy("Closed")


OPEN = (Status.NEW, Status.IN_PROGRESS, Status.WAITING)

MOVES: dict[str, frozenset[str]] = {
    Status.NEW: frozenset({Status.IN_PROGRESS, Status.WAITING, Status.RESOLVED}),
    Status.IN_PROGRESS: frozenset({Status.WAITING, Status.RESOLVED, Status.NEW}),
    Status.WAITING: frozenset({Status.IN_PROGRESS, Status.RESOLVED, Status.WAITING}),
    Status.RESOLVED: frozenset({Status.CLOSED, Status.IN_PROGRESS}),
    Status.CLOSED: frozenset({Status.IN_PROGRESS}),
}


def may_move(old: str, new: str) -> bool:
    return new in MOVES[old]


def require_move(old: str, new: str) -> None:
    """Raise Conflict unless a ticket may go from `old` to `new`."""
    if not may_move(old, new):
        raise Conflict(
            _("This ticket is “%(old)s”: it cannot become “%(new)s”.")
            % {"old": Status(old).label.lower(), "new": Status(new).label.lower()},
            field="status",
        )


def require_open(status: str) -> None:
    """Raise Conflict unless work on the ticket goes on."""
    if status not in OPEN:
        raise Conflict(
            _("This ticket is “%(status)s”. Reopen it first.") % {"status": Status(status).label.lower()},
            field="status",
        )
