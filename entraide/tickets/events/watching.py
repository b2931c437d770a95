from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Event, Moment, event
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names


@event
@dataclass(frozen=True)
class WatcherAdded(Event):
    """Somebody follows the ticket from now on."""

    kind: ClassVar[str] = "watcher_added"
    right: ClassVar[str] = "ticket.watch"

    person_id: int

    def check(self, subject: Ticket, actor: Actor) -> None:
        if self.person_id in subject.watcher_ids:
            raise Conflict(_("%(name)s follows this ticket already.") % {"name": Names().person(self.person_id)})

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.watcher_ids = [*subject.watcher_ids, self.person_id]

    def describe(self, names: Names) -> str:
        return _("added %(name)s, who now follows the ticket") % {"name": names.person(self.person_id)}


@event
@dataclass(frozen=True)
class WatcherRemoved(Event):
    """Somebody no longer follows the ticket."""

    kind: ClassVar[str] = "watcher_removed"
    right: ClassVar[str] = "ticket.watch"

    person_id: int

    def check(self, subject: Ticket, actor: Actor) -> None:
        if self.person_id not in subject.watcher_ids:
            raise Conflict(_("%(name)s does not follow this ticket.") % {"name": Names().person(self.person_id)})

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.watcher_ids = [each for each in subject.watcher_ids if each != self.person_id]

    def describe(self, names: Names) -> str:
        return _("removed %(name)s, who no longer follows the ticket") % {"name": names.person(self.person_id)}
