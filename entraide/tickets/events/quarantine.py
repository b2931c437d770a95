from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Event, Moment, Refused, event
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names


@event
@dataclass(frozen=True)
class FileHeldBack(Event):
    """The virus scanner found something harmful in a file of the ticket: it is kept, and given to nobody."""

    kind: ClassVar[str] = "file_held_back"
    right: ClassVar[str] = "ticket.receive"

    file_id: int
    name: str = field(metadata=PERSONAL)
    found: str

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """Nothing of the ticket changes: its file is somewhere else."""

    def describe(self, names: Names) -> str:
        return _("holds back “%(name)s”: the virus scanner found %(found)s") % {"name": self.name, "found": self.found}


@event
@dataclass(frozen=True)
class HeldFileTaken(Event):
    """Somebody who may took a file out of the quarantine, for a reason."""

    kind: ClassVar[str] = "held_file_taken"
    right: ClassVar[str] = "quarantine.open"

    file_id: int
    name: str = field(metadata=PERSONAL)
    reason: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not self.reason.strip():
            raise Refused(_("Say why you need this file: it stands on the timeline of the ticket."), field="reason")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """Nothing of the ticket changes: the file stays where it is."""

    def describe(self, names: Names) -> str:
        return _("took “%(name)s” out of the quarantine: %(reason)s") % {"name": self.name, "reason": self.reason}
