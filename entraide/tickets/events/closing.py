from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_move


class Closing(Event):
    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.status == Status.CLOSED:
            raise Conflict(_("This ticket is closed already."), field="status")
        require_move(subject.status, Status.CLOSED)
        if subject.major_since is not None and subject.major_reviewed_at is None:
            raise Refused(
                _("A major incident is closed after its review: write what happened, why, and what we change."),
                field="review",
            )

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.status = Status.CLOSED
        subject.closed_at = moment.at

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class Confirmed(Closing):
    """The requester confirmed that it is solved."""

    kind: ClassVar[str] = "confirmed"
    right: ClassVar[str] = "ticket.confirm"

    def describe(self, names: Names) -> str:
        return _("confirmed that it is solved")


@event
@dataclass(frozen=True)
class TicketClosed(Closing):
    """The desk closed a resolved ticket: a coordinator, or by itself after `after_days` without a word."""

    kind: ClassVar[str] = "ticket_closed"
    right: ClassVar[str] = "ticket.close"

    after_days: int = 0

    def describe(self, names: Names) -> str:
        if not self.after_days:
            return _("closed the ticket")
        return ngettext(
            "closed the ticket: no news for %(days)d day after the resolution",
            "closed the ticket: no news for %(days)d days after the resolution",
            self.after_days,
        ) % {"days": self.after_days}
