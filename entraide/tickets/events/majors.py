from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, Refused, event
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person, Team
from entraide.tickets.events.messages import say_publicly
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from entraide.tickets.priority import Priority
from entraide.tickets.status import Status, require_open

RHYTHM_AT_LEAST, RHYTHM_AT_MOST = 5, 24 * 60


class MajorEvent(Event):
    """Something in the life of a major incident."""

    right: ClassVar[str] = "ticket.lead_major"

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.major_since is None:
            raise Conflict(_("This ticket is not a major incident."), field="major")


@dataclass(frozen=True)
class Led(MajorEvent):
    """Who leads, who has a stake in it, and how often the public is told."""

    lead_id: int
    team_ids: tuple[int, ...]
    contact_ids: tuple[int, ...]
    rhythm_minutes: int

    def check_leading(self) -> None:
        """Raise Refused unless there is a lead and a rhythm that people can follow."""
        if not RHYTHM_AT_LEAST <= self.rhythm_minutes <= RHYTHM_AT_MOST:
            raise Refused(
                _("The public is told every 5 minutes at the most and once a day at the least."), field="rhythm_minutes"
            )
        with scoped(Scope.everything(reason="who leads is of the desk's own organisation, not of the client's")):
            is_known = Person.objects.filter(pk=self.lead_id, is_active=True).exists()
        if not is_known:
            raise Refused(_("Choose who leads the major incident."), field="lead")
        if Team.objects.filter(pk__in=self.team_ids).count() != len(set(self.team_ids)):
            raise Refused(_("Choose teams that exist."), field="teams")
        if Person.objects.filter(pk__in=self.contact_ids).count() != len(set(self.contact_ids)):
            raise Refused(_("Choose contacts that exist."), field="contacts")

    def lead(self, subject: Ticket) -> None:
        """Write who leads (in memory)."""
        subject.major_lead_id = self.lead_id
        subject.major_team_ids, subject.major_contact_ids = list(self.team_ids), list(self.contact_ids)
        subject.major_rhythm_minutes = self.rhythm_minutes


@event
@dataclass(frozen=True)
class MajorDeclared(Led):
    """A P1 is led as a major incident from now on; `text` is what the public is told."""

    kind: ClassVar[str] = "major_declared"

    text: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if subject.major_since is not None:
            raise Conflict(_("This ticket is a major incident already."), field="major")
        if subject.priority != Priority.P1:
            raise Refused(
                _("Only a P1 can be a major incident. Set its priority first, with the reason."), field="priority"
            )
        if subject.follows_id is not None:
            raise Refused(_("This ticket follows a major incident. Unlink it first."), field="major")
        if subject.is_confidential:
            raise Refused(
                _("A major incident is told to the public, and this ticket is confidential. Lift that first."),
                field="major",
            )
        self.check_leading()
        if not self.text.strip():
            raise Refused(_("Say in a few public words what is going on."), field="text")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.major_since = moment.at
        subject.major_reviewed_at = None
        self.lead(subject)
        tell_the_public(subject, self.text, moment)

    def describe(self, names: Names) -> str:
        return _("declared a major incident, led by %(lead)s") % {"lead": names.person(self.lead_id)}

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class MajorUpdated(MajorEvent):
    """The public is told how it stands."""

    kind: ClassVar[str] = "major_updated"

    text: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        super().check(subject, actor)
        require_open(subject.status)
        if not self.text.strip():
            raise Refused(_("Say in a few public words how it stands."), field="text")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        tell_the_public(subject, self.text, moment)

    def describe(self, names: Names) -> str:
        return _("told the public how the major incident stands")

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class MajorChanged(Led):
    """Somebody else leads, has a stake in it, or the rhythm changes."""

    kind: ClassVar[str] = "major_changed"

    def check(self, subject: Ticket, actor: Actor) -> None:
        super().check(subject, actor)
        require_open(subject.status)
        self.check_leading()
        now = (
            subject.major_lead_id, tuple(subject.major_team_ids), tuple(subject.major_contact_ids),
            subject.major_rhythm_minutes,
        )  # fmt: skip
        if now == (self.lead_id, self.team_ids, self.contact_ids, self.rhythm_minutes):
            raise Refused(_("Nothing was changed."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        self.lead(subject)

    def describe(self, names: Names) -> str:
        return _("changed who leads the major incident and who is told: %(lead)s, every %(minutes)d min") % {
            "lead": names.person(self.lead_id),
            "minutes": self.rhythm_minutes,
        }


@event
@dataclass(frozen=True)
class MajorStoodDown(MajorEvent):
    """It is no major incident after all; the ticket goes on as any other. `reason` is what the public is told."""

    kind: ClassVar[str] = "major_stood_down"

    reason: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        super().check(subject, actor)
        require_open(subject.status)
        if not self.reason.strip():
            raise Refused(_("Say why it is no longer a major incident."), field="reason")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.last_update_number = moment.number
        subject.major_since = subject.major_lead_id = subject.major_rhythm_minutes = None
        subject.major_team_ids, subject.major_contact_ids = [], []
        subject.major_text = ""

    def describe(self, names: Names) -> str:
        return _("stood the major incident down: %(reason)s") % {"reason": self.reason}

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class MajorReviewed(MajorEvent):
    """What happened, why, and what the desk changes so that it does not happen again."""

    kind: ClassVar[str] = "major_reviewed"

    happened: str = field(metadata=PERSONAL)
    why: str = field(metadata=PERSONAL)
    changes: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        super().check(subject, actor)
        if subject.status != Status.RESOLVED:
            raise Conflict(_("The review is written between the resolution and the closing."), field="status")
        for name, question in (
            ("happened", _("Say what happened.")),
            ("why", _("Say why it happened.")),
            ("changes", _("Say what we change.")),
        ):
            if not getattr(self, name).strip():
                raise Refused(question, field=name)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.major_reviewed_at = moment.at

    def describe(self, names: Names) -> str:
        return _("wrote the review of the major incident")


@event
@dataclass(frozen=True)
class Followed(Event):
    """The ticket follows a major incident: it hears what the public is told, and is resolved with it."""

    kind: ClassVar[str] = "followed"
    right: ClassVar[str] = "ticket.lead_major"

    major_id: int
    major_number: int

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if subject.pk == self.major_id:
            raise Refused(_("A ticket cannot follow itself."), field="major")
        if subject.major_since is not None:
            raise Refused(_("A major incident does not follow another one. Stand it down first."), field="major")
        if subject.follows_id == self.major_id:
            raise Conflict(_("The ticket follows this major incident already."), field="major")
        major = Ticket.objects.filter(pk=self.major_id).first()
        if major is None or major.major_since is None or not major.is_open:
            raise Refused(_("This is not an open major incident."), field="major")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.follows_id = self.major_id

    def describe(self, names: Names) -> str:
        return _("linked the ticket to the major incident %(number)d") % {"number": self.major_number}


@event
@dataclass(frozen=True)
class Unfollowed(Event):
    """The ticket is on its own again."""

    kind: ClassVar[str] = "unfollowed"
    right: ClassVar[str] = "ticket.lead_major"

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.follows_id is None:
            raise Conflict(_("This ticket follows no major incident."), field="major")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.follows_id = None

    def describe(self, names: Names) -> str:
        return _("unlinked the ticket from its major incident")


@event
@dataclass(frozen=True)
class MajorStandingDownShared(Event):
    """What the ticket followed is no major incident after all: the ticket is on its own again, and its people hear why."""

    kind: ClassVar[str] = "major_standing_down_shared"
    right: ClassVar[str] = "ticket.share"

    major_id: int
    major_number: int
    reason: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if subject.follows_id != self.major_id:
            raise Conflict(_("This ticket does not follow the major incident any more."), field="major")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        # Somebody at the desk still owes this ticket a word of its own: what its requester waits for goes on.
        subject.follows_id = None

    def describe(self, names: Names) -> str:
        return _("passed on that it was no major incident after all; this ticket goes on: %(reason)s") % {
            "reason": self.reason
        }

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class MajorUpdateShared(Event):
    """What the public was told of a major incident, in a ticket that follows it."""

    kind: ClassVar[str] = "major_update_shared"
    right: ClassVar[str] = "ticket.share"

    major_number: int
    text: str = field(metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if subject.follows_id is None:
            raise Conflict(_("This ticket follows no major incident."), field="major")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.awaits_answer = False
        subject.last_message_number, subject.last_message_at = moment.number, moment.at
        say_publicly(subject, moment)

    def describe(self, names: Names) -> str:
        return _("passed on how the major incident stands")

    def is_public(self) -> bool:
        return True


def tell_the_public(subject: Ticket, text: str, moment: Moment) -> None:
    """Make `text` the public status (in memory): a word of the desk like a reply."""
    subject.major_text = text
    subject.awaits_answer = False
    subject.last_message_number, subject.last_message_at = moment.number, moment.at
    if subject.status == Status.NEW:
        subject.status = Status.IN_PROGRESS
    subject.last_update_number = moment.number
    say_publicly(subject, moment)
