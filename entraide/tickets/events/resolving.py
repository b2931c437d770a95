from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, Refused, event
from entraide.tickets.events.messages import SomethingArrived, reopen, say_publicly
from entraide.tickets.events.waiting import end_waiting
from entraide.tickets.models import ResolutionCode, Ticket
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_move


@event
@dataclass(frozen=True)
class Resolved(Event):
    """The work is done, as the desk sees it; the requester confirms or reopens. `text` is what they are told.

    `seen` is the number of the newest message that the technician had read.
    """

    kind: ClassVar[str] = "resolved"
    right: ClassVar[str] = "ticket.resolve"

    code: str
    text: str = field(metadata=PERSONAL)
    seen: int | None = None

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_move(subject.status, Status.RESOLVED)
        if subject.awaits_acceptance:
            raise Conflict(_("The handover has not been answered yet: accept it or send it back first."))
        if self.code not in dict(ResolutionCode.chosen()):
            raise Refused(_("Choose how the ticket was resolved."), field="code")
        if not self.text.strip():
            raise Refused(_("Tell the requester what was done."), field="text")
        if self.seen is not None and subject.last_message_number > self.seen:
            raise SomethingArrived(_("A message arrived while you were writing. Read it, then resolve if it still is."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.status = Status.RESOLVED
        subject.resolution_code, subject.resolution = self.code, self.text
        subject.resolved_at = moment.at
        end_waiting(subject)
        subject.awaits_answer = False
        subject.last_message_number = moment.number
        subject.last_message_at = moment.at
        say_publicly(subject, moment)
        if subject.major_since is not None:
            subject.last_update_number = moment.number
        if subject.assignee_id is None and moment.actor.person_id is not None:
            subject.assignee_id = moment.actor.person_id

    def describe(self, names: Names) -> str:
        return _("resolved the ticket: %(code)s") % {"code": ResolutionCode(self.code).label.lower()}

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class Reopened(Event):
    """The ticket was not solved after all."""

    kind: ClassVar[str] = "reopened"
    right: ClassVar[str] = "ticket.reopen"

    text: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.status not in (Status.RESOLVED, Status.CLOSED):
            raise Conflict(_("This ticket is open already."), field="status")
        if not self.text.strip():
            raise Refused(_("Say what does not work yet."), field="text")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        reopen(subject)
        subject.awaits_answer = True
        subject.last_message_number = moment.number
        subject.last_message_at = moment.at

    def describe(self, names: Names) -> str:
        return _("reopened the ticket")

    def is_public(self) -> bool:
        return True
