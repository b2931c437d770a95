from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Event, Moment, Refused, event
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names

Basis = Literal["retention", "person"]


@dataclass(frozen=True)
class TakenOut(Event):
    """Somebody took out of the timeline what must not be kept, and says why."""

    right: ClassVar[str] = "ticket.redact"

    reason: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not self.reason.strip():
            raise Refused(_("Say why it goes: the reason stays in the timeline, what goes does not."), field="reason")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """Nothing of the ticket itself: the words that its columns repeat follow from the entries."""


@event
@dataclass(frozen=True)
class PassageRedacted(TakenOut):
    """A passage was taken out of the entries with these numbers, wherever it stood."""

    kind: ClassVar[str] = "passage_redacted"

    numbers: tuple[int, ...] = ()

    def describe(self, names: Names) -> str:
        count = len(self.numbers)
        return ngettext(
            "took a passage out of %(count)d entry: %(reason)s",
            "took a passage out of %(count)d entries: %(reason)s",
            count,
        ) % {"count": count, "reason": self.reason}


@event
@dataclass(frozen=True)
class FileTakenAway(TakenOut):
    """A file that came with the entry `number` was taken away."""

    kind: ClassVar[str] = "file_taken_away"

    number: int = 0
    size_bytes: int = 0

    def describe(self, names: Names) -> str:
        return _("took a file away: %(reason)s") % {"reason": self.reason}


@event
@dataclass(frozen=True)
class WordsErased(Event):
    """The words of a closed ticket were erased, its figures kept: its time had come, or a person was erased.

    `numbers` are the entries; empty: all that there were.
    """

    kind: ClassVar[str] = "words_erased"
    right: ClassVar[str] = "ticket.forget"

    basis: Basis
    numbers: tuple[int, ...] = ()

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.is_open and not self.numbers:
            raise Refused(_("This ticket is open: close it before its words are erased."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        if not self.numbers:
            subject.words_erased_at = moment.at

    def describe(self, names: Names) -> str:
        if self.basis == "retention":
            return _("erased the words of this ticket: it was closed longer ago than they are kept")
        return _("erased what a person had written here, who is no longer known to the desk")
