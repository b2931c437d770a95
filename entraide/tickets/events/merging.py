"""One thing that was reported twice: a ticket becomes part of another one, and may be taken out again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.tickets.events.waiting import end_waiting
from entraide.tickets.models import ResolutionCode, Ticket, TicketEntry, reference_of
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_open

UNDONE_WITHIN = timedelta(days=7)


@event
@dataclass(frozen=True)
class Merged(Event):
    """This ticket is part of another one from now on. `was_status` and `was_code` are what an undoing puts back."""

    kind: ClassVar[str] = "merged"
    right: ClassVar[str] = "ticket.merge"

    into_id: int
    into_number: int
    was_status: str
    was_code: str = ""
    brought_ids: tuple[int, ...] = ()

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.pk == self.into_id:
            raise Refused(_("A ticket cannot be merged into itself."), field="into")
        into = Ticket.objects.filter(pk=self.into_id).first()
        if into is None or into.organisation_id != subject.organisation_id:
            raise Refused(_("Only tickets of the same organisation can be merged."), field="into")
        if subject.status == Status.CLOSED:
            raise Conflict(_("This ticket is closed: it stays as it ended. Link it instead."), field="status")
        if subject.status != self.was_status:
            raise Conflict(_("This ticket has just changed. Look again."), field="status")
        if subject.major_since is not None:
            raise Refused(_("A major incident is not merged into another ticket. Stand it down first."), field="major")
        if subject.awaits_acceptance:
            raise Conflict(_("The handover has not been answered yet: accept it or send it back first."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.merged_into_id = self.into_id
        subject.status, subject.resolution_code = Status.CLOSED, ResolutionCode.MERGED
        subject.closed_at = moment.at

    def describe(self, names: Names) -> str:
        return _("merged this ticket into %(other)s") % {"other": reference_of(self.into_number)}

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class MergedIn(Event):
    """Another ticket became part of this one, and its people with it (`brought_ids`).

    `awaits_answer`: its last word was not answered. `ends_waiting`: that word is what this ticket waited for.
    """

    kind: ClassVar[str] = "merged_in"
    right: ClassVar[str] = "ticket.merge"

    other_id: int
    other_number: int
    brought_ids: tuple[int, ...] = ()
    awaits_answer: bool = False
    ends_waiting: bool = False

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.watcher_ids = [*subject.watcher_ids, *self.brought_ids]
        if not self.awaits_answer:
            return
        subject.awaits_answer = True
        # Whoever is writing an answer now must hear that there is more to read.
        subject.last_message_number, subject.last_message_at = moment.number, moment.at
        if subject.status == Status.WAITING and self.ends_waiting:
            subject.status = Status.IN_PROGRESS
            end_waiting(subject)

    def describe(self, names: Names) -> str:
        line = _("merged %(other)s into this ticket") % {"other": reference_of(self.other_number)}
        if self.brought_ids:
            line = _("%(line)s; %(people)s now follow it") % {
                "line": line,
                "people": ", ".join(names.people(self.brought_ids)),
            }
        return line


def last_merge(ticket: Ticket) -> TicketEntry | None:
    """Return the entry by which the ticket became part of another one, the newest if it did so more than once."""
    return TicketEntry.objects.filter(ticket=ticket, kind=Merged.kind).order_by("number").last()


@event
@dataclass(frozen=True)
class Unmerged(Event):
    """This ticket is on its own again, as it was."""

    kind: ClassVar[str] = "unmerged"
    right: ClassVar[str] = "ticket.merge"

    from_id: int
    from_number: int
    status: str
    code: str = ""

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.merged_into_id != self.from_id:
            raise Conflict(_("This ticket is not part of another one any more."), field="into")
        merged = last_merge(subject)
        if merged is None or merged.at < now() - UNDONE_WITHIN:
            raise Refused(
                _("A merge can be undone for %(days)d days. Open a new ticket instead.") % {"days": UNDONE_WITHIN.days},
                field="into",
            )

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.merged_into_id = None
        subject.status, subject.resolution_code = self.status, self.code
        subject.closed_at = None

    def describe(self, names: Names) -> str:
        return _("took this ticket out of %(other)s again") % {"other": reference_of(self.from_number)}

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class UnmergedOut(Event):
    """A ticket that was part of this one is on its own again; those who came with it (`gone_ids`) leave."""

    kind: ClassVar[str] = "unmerged_out"
    right: ClassVar[str] = "ticket.merge"

    other_id: int
    other_number: int
    gone_ids: tuple[int, ...] = ()

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.watcher_ids = [each for each in subject.watcher_ids if each not in self.gone_ids]

    def describe(self, names: Names) -> str:
        return _("took %(other)s out of this ticket again") % {"other": reference_of(self.other_number)}
