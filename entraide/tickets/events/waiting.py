from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.look.dates import date_format
from entraide.tickets.models import PendingReason, Ticket
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_move


@event
@dataclass(frozen=True)
class PutOnHold(Event):
    """The ticket waits, for a stated reason and, where the reason needs one, until a date."""

    kind: ClassVar[str] = "put_on_hold"
    right: ClassVar[str] = "ticket.hold"

    reason: str
    until: datetime | None = None
    # Whether the reason paused the clocks when this was recorded; the setting may change later.
    pauses: bool = True

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_move(subject.status, Status.WAITING)
        reason = PendingReason.objects.filter(code=self.reason).first()
        if reason is None:
            raise Refused(_("Choose what the ticket waits for."), field="reason")
        if reason.needs_date and self.until is None:
            raise Refused(_("Say until when the ticket waits."), field="until")
        if self.until is not None and self.until <= now():
            raise Refused(_("This moment has passed. Choose one to come."), field="until")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.status = Status.WAITING
        subject.pending_reason, subject.waiting_until = self.reason, self.until
        subject.pauses_clocks = self.pauses

    def describe(self, names: Names) -> str:
        reason = names.pending_reason(self.reason)
        if self.until is None:
            return _("put the ticket on hold: %(reason)s") % {"reason": reason}
        return _("put the ticket on hold: %(reason)s, until %(until)s") % {
            "reason": reason,
            "until": date_format(localtime(self.until), "SHORT_DATETIME_FORMAT"),
        }


@event
@dataclass(frozen=True)
class Resumed(Event):
    """Work goes on after waiting."""

    kind: ClassVar[str] = "resumed"
    right: ClassVar[str] = "ticket.hold"

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.status != Status.WAITING:
            raise Conflict(_("This ticket is not waiting."), field="status")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.status = Status.IN_PROGRESS
        end_waiting(subject)

    def describe(self, names: Names) -> str:
        return _("resumed work")


@event
@dataclass(frozen=True)
class PutBackToNew(Event):
    """What had begun the work was taken back: the ticket is one that nobody has begun."""

    kind: ClassVar[str] = "put_back_to_new"
    right: ClassVar[str] = "ticket.assign"

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_move(subject.status, Status.NEW)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.status = Status.NEW

    def describe(self, names: Names) -> str:
        return _("put the ticket back to “new”")


def end_waiting(subject: Ticket) -> None:
    """Take away what the ticket waited for (in memory)."""
    subject.pending_reason, subject.waiting_until = "", None
    subject.pauses_clocks = False
