"""The timeline as people read it: messages that stand out, one line for all else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _

from entraide.core.events import Event
from entraide.tickets.events.approving import ApprovalAsked, ApprovalGiven, ApprovalRefused
from entraide.tickets.events.escalating import Escalated
from entraide.tickets.events.majors import MajorDeclared, MajorUpdated, MajorUpdateShared
from entraide.tickets.events.messages import (
    NoteAdded,
    Replied,
    RequesterWrote,
    StrangerWrote,
)
from entraide.tickets.events.opening import TicketOpened
from entraide.tickets.events.resolving import Reopened, Resolved
from entraide.tickets.events.third_parties import ThirdPartyAnswered, ThirdPartyWritten
from entraide.tickets.models import Attachment, Ticket, TicketEntry
from entraide.tickets.names import Names
from entraide.tickets.verdicts import mark

# How a line looks: from the requester, from the desk, internal, a stranger's, to or from a third party, a handover, about an
# approval, or one line of the system.
Look = Literal["requester", "desk", "note", "stranger", "outside", "handover", "approval", "system"]


@dataclass(frozen=True)
class Line:
    """One entry, ready to be shown. `html` is unsanitised: pass it through the sanitiser of the mail channel."""

    entry: TicketEntry
    event: Event
    look: Look
    who: str
    at: datetime
    sentence: str
    text: str
    html: str
    source: str
    attachments: tuple[Attachment, ...]

    @property
    def number(self) -> int:
        return self.entry.number

    @property
    def is_public(self) -> bool:
        return self.entry.is_public

    @property
    def origin(self) -> Ticket | None:
        """The merged ticket from which this comes, if it is not the one that is being read."""
        return self.entry.origin

    @property
    def anchor(self) -> str:
        """What the line is called on a page."""
        return f"t{self.origin.number}e{self.number}" if self.origin else f"e{self.number}"


def lines_of(entries: Iterable[TicketEntry]) -> list[Line]:
    """Return the entries as lines, in the same order; three queries at the most whatever their number."""
    rows = list(entries)
    events = [(row, row.event) for row in rows]
    names = Names(each for _row, event in events for each in _people_in(event))
    files = [tuple(row.attachments.all()) for row in rows]
    mark(each for of_one in files for each in of_one)
    return [_line(row, event, names, of_it) for (row, event), of_it in zip(events, files, strict=True)]


def _line(entry: TicketEntry, event: Any, names: Names, files: tuple[Attachment, ...]) -> Line:
    look = _look(event)
    return Line(
        entry=entry,
        event=event,
        look=look,
        who=_who(entry, event),
        at=entry.at,
        sentence=event.describe(names),
        text=getattr(event, "text", ""),
        html=getattr(event, "html", ""),
        source=getattr(event, "source", ""),
        attachments=files,
    )


def _who(entry: TicketEntry, event: Event) -> str:
    if isinstance(event, ThirdPartyAnswered):
        return event.from_name or event.from_email
    return entry.actor_person.name if entry.actor_person else _("Entraide")


def _look(event: Event) -> Look:
    match event:
        case TicketOpened() | RequesterWrote() | Reopened():
            return "requester"
        case Replied() | Resolved() | MajorDeclared() | MajorUpdated() | MajorUpdateShared():
            return "desk"
        case NoteAdded():
            return "note"
        case StrangerWrote():
            return "stranger"
        case ThirdPartyWritten() | ThirdPartyAnswered():
            return "outside"
        case Escalated():
            return "handover"
        case ApprovalAsked() | ApprovalGiven() | ApprovalRefused():
            return "approval"
        case _:
            return "system"


def _people_in(event: Event) -> Iterable[int | None]:
    yield getattr(event, "assignee_id", None) or getattr(event, "person_id", None)
    yield from getattr(event, "follower_ids", ())
