from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Event, Moment, event
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_open


@event
@dataclass(frozen=True)
class Taken(Event):
    """A technician took the ticket for themselves."""

    kind: ClassVar[str] = "taken"
    right: ClassVar[str] = "ticket.take"

    from_assignee_id: int | None = None

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if subject.assignee_id != self.from_assignee_id:
            raise Conflict(
                _("%(name)s has just taken this ticket.") % {"name": Names().person(subject.assignee_id)},
                field="assignee",
            )

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.assignee_id = moment.actor.person_id
        subject.awaits_acceptance = False
        if subject.status == Status.NEW:
            subject.status = Status.IN_PROGRESS

    def describe(self, names: Names) -> str:
        return _("took the ticket")


@event
@dataclass(frozen=True)
class Assigned(Event):
    """The ticket was given to a team and, if `assignee_id` is set, to one of its people."""

    kind: ClassVar[str] = "assigned"
    right: ClassVar[str] = "ticket.assign"

    team_id: int | None
    level: int
    assignee_id: int | None = None

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if (subject.team_id, subject.assignee_id) == (self.team_id, self.assignee_id):
            raise Conflict(_("The ticket is there already."), field="assignee")
        if self.level > subject.level:
            raise Conflict(_("A higher level receives a ticket by escalation, with a handover."), field="team")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.team_id, subject.level = self.team_id, self.level
        subject.assignee_id = self.assignee_id
        subject.awaits_acceptance = False
        if self.assignee_id and subject.status == Status.NEW:
            subject.status = Status.IN_PROGRESS

    def describe(self, names: Names) -> str:
        if self.assignee_id is None:
            return _("put the ticket in the queue of %(team)s") % {"team": names.team(self.team_id)}
        return _("assigned the ticket to %(person)s (%(team)s)") % {
            "person": names.person(self.assignee_id),
            "team": names.team(self.team_id),
        }
