from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.people.models import Level, Team
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
        _require_level(subject, actor)

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
    """The ticket was given to a team and, if `assignee_id` is set, to one of its people.

    With `takes_back` it goes back to where an assignment had taken it from: to its former level, too.
    """

    kind: ClassVar[str] = "assigned"
    right: ClassVar[str] = "ticket.assign"

    team_id: int | None
    level: int
    assignee_id: int | None = None
    takes_back: bool = False

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if (subject.team_id, subject.assignee_id) == (self.team_id, self.assignee_id):
            raise Conflict(_("The ticket is there already."), field="assignee")
        if self.level > subject.level and not self.takes_back:
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


def levels_of(actor: Actor) -> set[int]:
    """Return the levels of the active teams that this actor is in."""
    return set(Team.objects.filter(members=actor.person_id, is_active=True).values_list("level", flat=True))


def dispatches(subject: Ticket, actor: Actor) -> bool:
    """Tell whether this actor gives work out at any level: a coordinator, a manager, the desk itself."""
    return actor.may("ticket.dispatch", subject)


def reaches_level(subject: Ticket, actor: Actor) -> bool:
    """Tell whether this ticket is of a level that this actor may work at."""
    return dispatches(subject, actor) or subject.level <= max(levels_of(actor), default=Level.N1)


def _require_level(subject: Ticket, actor: Actor) -> None:
    if reaches_level(subject, actor):
        return
    raise Refused(
        _(
            "This ticket is with %(level)s, above your own level. Write them an internal note, "
            "or ask a coordinator to give it to you."
        )
        % {"level": Level(subject.level).label},
        field="assignee",
    )
