from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, Refused, event
from entraide.people.models import Level
from entraide.tickets.events.assigning import dispatches, levels_of
from entraide.tickets.events.waiting import end_waiting
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from entraide.tickets.priority import Priority
from entraide.tickets.status import Status, require_open


@event
@dataclass(frozen=True)
class Escalated(Event):
    """Functional escalation: a handover to a higher level, which accepts it or sends it back."""

    kind: ClassVar[str] = "escalated"
    right: ClassVar[str] = "ticket.escalate"

    from_level: int
    to_level: int
    team_id: int
    observed: str = field(metadata=PERSONAL)
    tried: str = field(metadata=PERSONAL)
    asked: str = field(metadata=PERSONAL)
    why: str = field(default="", metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if subject.awaits_acceptance:
            raise Conflict(_("The ticket is being handed over already; it waits to be accepted."))
        if subject.level != self.from_level:
            raise Conflict(_("The ticket has changed level in the meantime. Look again."), field="team")
        if self.to_level <= subject.level:
            raise Refused(
                _("An escalation goes to a higher level than %(level)s.") % {"level": f"N{subject.level}"}, field="team"
            )
        self._check_skipping(subject)
        for name, question in (
            ("observed", _("Say what is observed.")),
            ("tried", _("Say what was tried.")),
            ("asked", _("Say what is asked of the next level.")),
        ):
            if not getattr(self, name).strip():
                raise Refused(question, field=name)

    def _check_skipping(self, subject: Ticket) -> None:
        if self.to_level - subject.level < 2:
            return
        if subject.priority != Priority.P1:
            raise Refused(_("Only a P1 may skip a level. Escalate to N2 first."), field="team")
        if not self.why.strip():
            raise Refused(_("Say why this P1 skips N2."), field="why")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.previous_level, subject.previous_team_id = subject.level, subject.team_id
        subject.previous_assignee_id = subject.assignee_id
        subject.level, subject.team_id = self.to_level, self.team_id
        subject.assignee_id = None
        subject.awaits_acceptance = True
        subject.escalations += 1
        if subject.status in (Status.NEW, Status.WAITING):
            subject.status = Status.IN_PROGRESS
            end_waiting(subject)

    def describe(self, names: Names) -> str:
        return _("escalated from %(old)s to %(new)s (%(team)s)") % {
            "old": Level(self.from_level).label,
            "new": Level(self.to_level).label,
            "team": names.team(self.team_id),
        }


@event
@dataclass(frozen=True)
class HandoverAccepted(Event):
    """The receiving level took the ticket over."""

    kind: ClassVar[str] = "handover_accepted"
    right: ClassVar[str] = "ticket.accept"

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        _require_handover(subject)
        require_receiver(subject, actor)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.awaits_acceptance = False
        subject.assignee_id = moment.actor.person_id

    def describe(self, names: Names) -> str:
        return _("accepted the handover")


@event
@dataclass(frozen=True)
class HandoverReturned(Event):
    """The receiving level sent the ticket back, saying why."""

    kind: ClassVar[str] = "handover_returned"
    right: ClassVar[str] = "ticket.accept"

    reason: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        _require_handover(subject)
        require_receiver(subject, actor)
        if not self.reason.strip():
            raise Refused(_("Say why the ticket goes back, and what is missing."), field="reason")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.level = subject.previous_level or Level.N1
        subject.team_id, subject.assignee_id = subject.previous_team_id, subject.previous_assignee_id
        subject.previous_level = subject.previous_team_id = subject.previous_assignee_id = None
        subject.awaits_acceptance = False
        subject.returns += 1

    def describe(self, names: Names) -> str:
        return _("sent the ticket back: %(reason)s") % {"reason": self.reason}


def may_receive(subject: Ticket, actor: Actor) -> bool:
    """Tell whether this actor is of the level to which the ticket is handed over, or gives work out."""
    return dispatches(subject, actor) or subject.level in levels_of(actor)


def require_receiver(subject: Ticket, actor: Actor) -> None:
    if not may_receive(subject, actor):
        raise Refused(
            _("Only somebody of %(level)s, or a coordinator, answers this handover.")
            % {"level": Level(subject.level).label}
        )


def _require_handover(subject: Ticket) -> None:
    if not subject.awaits_acceptance:
        raise Conflict(_("There is no handover to answer: somebody else has done it."))
