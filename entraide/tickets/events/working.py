from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, NotAllowed, Refused, event
from entraide.look.dates import date_format
from entraide.look.punctuation import labelled
from entraide.sla.durations import say_duration
from entraide.tickets.models import Activity, Ticket, TicketEntry, Work
from entraide.tickets.names import Names

MINUTES_AT_MOST = 24 * 60


@event
@dataclass(frozen=True)
class WorkLogged(Event):
    """Somebody of the desk worked on the ticket: `minutes` of it on the day `day` (ISO 8601)."""

    kind: ClassVar[str] = "work_logged"
    right: ClassVar[str] = "ticket.log_work"

    person_id: int
    minutes: int
    day: str
    activity: str
    done: str = field(default="", metadata=PERSONAL)
    is_of_somebody_else: bool = False

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not 1 <= self.minutes <= MINUTES_AT_MOST:
            raise Refused(_("Say how long it took: from one minute to 24 hours."), field="minutes")
        if self.activity not in Activity.values:
            raise Refused(_("Choose what kind of work it was."), field="activity")
        if self.person_id != actor.person_id and not actor.may("ticket.log_work_of_others", subject):
            raise NotAllowed(_("You log your own time; a coordinator logs that of others."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.worked_minutes += self.minutes

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        Work.objects.create(
            organisation_id=subject.organisation_id, ticket=subject, entry=entry, person_id=self.person_id,
            minutes=self.minutes, day=date.fromisoformat(self.day), activity=self.activity, text=self.done,
        )  # fmt: skip

    def describe(self, names: Names) -> str:
        facts: dict[str, Any] = {
            "duration": say_duration(self.minutes),
            "activity": Activity(self.activity).label,
            "day": date_format(date.fromisoformat(self.day), "DATE_FORMAT"),
        }
        if self.is_of_somebody_else:
            facts["name"] = names.person(self.person_id)
            words = _("logged %(duration)s of %(name)s: %(activity)s, %(day)s") % facts
        else:
            words = _("logged %(duration)s: %(activity)s, %(day)s") % facts
        return f"{words}. {self.done}" if self.done else words


@event
@dataclass(frozen=True)
class WorkWithdrawn(Event):
    """Time that had been logged in the entry `entry_number` does not count."""

    kind: ClassVar[str] = "work_withdrawn"
    right: ClassVar[str] = "ticket.log_work"

    entry_number: int
    minutes: int
    person_id: int
    reason: str = field(default="", metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        if self.person_id != actor.person_id and not actor.may("ticket.log_work_of_others", subject):
            raise NotAllowed(_("You withdraw your own time; a coordinator withdraws that of others."))
        row = Work.objects.filter(ticket=subject, entry__number=self.entry_number).first()
        if row is None:
            raise Refused(_("No time was logged there."))
        if row.is_withdrawn:
            raise Conflict(_("This time has been withdrawn already."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.worked_minutes -= self.minutes

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        Work.objects.filter(ticket=subject, entry__number=self.entry_number).update(is_withdrawn=True)

    def describe(self, names: Names) -> str:
        facts: dict[str, Any] = {"duration": say_duration(self.minutes), "name": names.person(self.person_id)}
        words = _("withdrew %(duration)s that had been logged for %(name)s") % facts
        return labelled(words, self.reason) if self.reason else words
