from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names


@event
@dataclass(frozen=True)
class MarkedConfidential(Event):
    """The ticket is shown only to those who work on it, follow it or asked for it, and to those who answer for the desk."""

    kind: ClassVar[str] = "marked_confidential"
    right: ClassVar[str] = "ticket.confide"

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.is_confidential:
            raise Conflict(_("This ticket is confidential already."), field="confidentiality")
        if subject.major_since is not None and subject.is_open:
            raise Refused(
                _("A major incident is told to the public. Stand it down before you make it confidential."),
                field="confidentiality",
            )

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.is_confidential = True
        person_id = moment.actor.person_id
        # Who closes the door must not find themselves outside.
        if person_id is not None and person_id != subject.assignee_id and not subject.concerns(person_id):
            subject.watcher_ids = [*subject.watcher_ids, person_id]

    def describe(self, names: Names) -> str:
        return _("made the ticket confidential")


@event
@dataclass(frozen=True)
class ConfidentialityLifted(Event):
    """Whoever sees the tickets of its organisation sees this one again."""

    kind: ClassVar[str] = "confidentiality_lifted"
    right: ClassVar[str] = "ticket.lift_confidentiality"

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not subject.is_confidential:
            raise Conflict(_("This ticket is not confidential."), field="confidentiality")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.is_confidential = False

    def describe(self, names: Names) -> str:
        return _("lifted the confidentiality of the ticket")
