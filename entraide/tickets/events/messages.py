from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, Refused, event
from entraide.tickets.attachments import FileRef, keep_attachments
from entraide.tickets.events.waiting import end_waiting
from entraide.tickets.models import PendingReason, Ticket, TicketEntry
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_open


class SomethingArrived(Conflict):
    """A message arrived while this one was written."""


@dataclass(frozen=True)
class Message(Event):
    """What every message has: its words, the HTML they came in (unsanitised), files, where it came from."""

    text: str = field(metadata=PERSONAL)
    html: str = field(default="", metadata=PERSONAL)
    attachments: tuple[FileRef, ...] = field(default=(), metadata=PERSONAL)
    source: str = ""

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not self.text.strip() and not self.attachments:
            raise Refused(_("Write a message or attach a file."), field="text")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.last_message_number = moment.number
        subject.last_message_at = moment.at

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        keep_attachments(self.attachments, entry)

    def describe(self, names: Names) -> str:
        return _("wrote")


@event
@dataclass(frozen=True)
class Replied(Message):
    """A technician wrote to the requester. `seen` is the number of the newest message they had read.

    `takes` was decided when it was recorded: who answers a ticket that is nobody's takes it, unless it is above them.
    """

    kind: ClassVar[str] = "replied"
    right: ClassVar[str] = "ticket.reply"

    seen: int | None = None
    cc: tuple[str, ...] = field(default=(), metadata=PERSONAL)
    takes: bool = True

    def check(self, subject: Ticket, actor: Actor) -> None:
        super().check(subject, actor)
        if subject.status == Status.CLOSED:
            require_open(subject.status)
        if self.seen is not None and subject.last_message_number > self.seen:
            raise SomethingArrived(_("A message arrived while you were writing. Read it, then send yours."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        super().apply(subject, moment)
        subject.awaits_answer = False
        say_publicly(subject, moment)
        if subject.status == Status.NEW:
            subject.status = Status.IN_PROGRESS
        if self.takes and subject.assignee_id is None and moment.actor.person_id and not subject.awaits_acceptance:
            subject.assignee_id = moment.actor.person_id

    def describe(self, names: Names) -> str:
        return _("replied")

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class RequesterWrote(Message):
    """The requester, or somebody on the ticket, wrote. `ends_waiting` was decided when it was recorded."""

    kind: ClassVar[str] = "requester_wrote"
    right: ClassVar[str] = "ticket.answer"

    ends_waiting: bool = True

    def apply(self, subject: Ticket, moment: Moment) -> None:
        super().apply(subject, moment)
        subject.awaits_answer = True
        if subject.status == Status.WAITING and self.ends_waiting:
            subject.status = Status.IN_PROGRESS
            end_waiting(subject)
        elif subject.status in (Status.RESOLVED, Status.CLOSED):
            reopen(subject)

    def is_public(self) -> bool:
        return True

    @staticmethod
    def would_end(pending_reason: str) -> bool:
        """Tell whether an answer ends waiting for this reason."""
        reason = PendingReason.objects.filter(code=pending_reason).first()
        return reason is None or reason.ends_on_answer


@event
@dataclass(frozen=True)
class StrangerWrote(Message):
    """Somebody who is not on the ticket answered into it. Internal until a technician takes it up.

    `conversation` is that with third parties into which they answered, without having been written to in it.
    """

    kind: ClassVar[str] = "stranger_wrote"
    right: ClassVar[str] = "ticket.receive"

    from_name: str = field(default="", metadata=PERSONAL)
    from_email: str = field(default="", metadata=PERSONAL)
    conversation: str = ""

    def describe(self, names: Names) -> str:
        return _("%(name)s <%(email)s>, who is not on this ticket, wrote") % {
            "name": self.from_name,
            "email": self.from_email,
        }


@event
@dataclass(frozen=True)
class NoteAdded(Message):
    """An internal note: never shown to the requester.

    Whom it names with @ was found when it was recorded; `mentioned_words` are the names as they were written.
    """

    kind: ClassVar[str] = "note_added"
    right: ClassVar[str] = "ticket.note"

    mentioned_ids: tuple[int, ...] = ()
    mentioned_words: tuple[str, ...] = field(default=(), metadata=PERSONAL)
    # Those who follow the ticket from now on because they are named.
    follower_ids: tuple[int, ...] = ()

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """A note is not a message: it changes nobody's turn."""
        if new := [each for each in self.follower_ids if each not in subject.watcher_ids]:
            subject.watcher_ids = [*subject.watcher_ids, *new]

    def describe(self, names: Names) -> str:
        if not self.follower_ids:
            return _("noted")
        people = names.people(self.follower_ids)
        return ngettext(
            "noted; %(people)s now follows the ticket", "noted; %(people)s now follow the ticket", len(people)
        ) % {"people": ", ".join(people)}


@event
@dataclass(frozen=True)
class MailBounced(Event):
    """A mail of this ticket could not be delivered."""

    kind: ClassVar[str] = "mail_bounced"
    right: ClassVar[str] = "ticket.receive"

    email: str = field(metadata=PERSONAL)
    reason: str = field(default="", metadata=PERSONAL)
    is_permanent: bool = True
    source: str = ""

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """The ticket itself stays as it is."""

    def describe(self, names: Names) -> str:
        if self.is_permanent:
            return _("could not deliver the mail to %(email)s: %(reason)s") % {
                "email": self.email,
                "reason": self.reason,
            }
        return _("has trouble delivering the mail to %(email)s, and goes on trying: %(reason)s") % {
            "email": self.email,
            "reason": self.reason,
        }


@event
@dataclass(frozen=True)
class AutomaticAnswerReceived(Message):
    """An absence notice or another machine's answer: kept, but it changes nothing and is answered by nobody."""

    kind: ClassVar[str] = "automatic_answer_received"
    right: ClassVar[str] = "ticket.receive"

    from_email: str = field(default="", metadata=PERSONAL)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """An absence notice is not an answer."""

    def describe(self, names: Names) -> str:
        return _("received an automatic answer from %(email)s") % {"email": self.from_email}


def say_publicly(subject: Ticket, moment: Moment) -> None:
    """Note that the desk said a public word (in memory): clocks of responses and updates go by it."""
    subject.last_word_number, subject.last_word_at = moment.number, moment.at
    if subject.first_response_at is None:
        subject.first_response_at = moment.at


def reopen(subject: Ticket) -> None:
    """Put a resolved or closed ticket back to work (in memory)."""
    subject.status = Status.IN_PROGRESS
    subject.resolution_code, subject.resolution = "", ""
    subject.resolved_at = subject.closed_at = None
    subject.reopenings += 1
    # What was reviewed was not over yet.
    subject.major_reviewed_at = None
