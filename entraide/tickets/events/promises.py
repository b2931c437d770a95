from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.look.dates import date_format
from entraide.sla.clocks import Alarm, Key
from entraide.sla.metrics import METRICS
from entraide.sla.models import AgreementVersion
from entraide.tickets.clocks import alarm_of, book_of
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names
from entraide.tickets.status import require_open


@dataclass(frozen=True)
class ClockTold(Event):
    """Something became true of a clock at `instant`, which is not when it was noticed."""

    right: ClassVar[str] = "clock.tell"

    metric: str
    level: int
    began: int
    instant: datetime
    due_at: datetime
    target_minutes: int

    @property
    def key(self) -> Key:
        return (self.metric, self.level, self.began)

    @property
    def alarm(self) -> Alarm:
        raise NotImplementedError

    def check(self, subject: Ticket, actor: Actor) -> None:
        if alarm_of(subject, self.key, now=now()) != self.alarm:
            raise Conflict(_("This clock has moved on in the meantime."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        book_of(subject).told(self.key, self.alarm)

    def _values(self) -> dict[str, str]:
        name = _(METRICS[self.metric].name)
        return {
            "promise": f"{name} N{self.level}" if self.level else name,
            "due": date_format(localtime(self.due_at), "SHORT_DATETIME_FORMAT"),
        }


@event
@dataclass(frozen=True)
class ClockWarned(ClockTold):
    """So much of a promise is used up that it is in danger."""

    kind: ClassVar[str] = "clock_warned"

    @property
    def alarm(self) -> Alarm:
        return Alarm("warning", self.instant)

    def describe(self, names: Names) -> str:
        return _("warns: “%(promise)s” is due at %(due)s") % self._values()


@event
@dataclass(frozen=True)
class ClockBreached(ClockTold):
    """A promise was not kept."""

    kind: ClassVar[str] = "clock_breached"

    @property
    def alarm(self) -> Alarm:
        return Alarm("breach", self.instant)

    def describe(self, names: Names) -> str:
        return _("missed the promise “%(promise)s”, due at %(due)s") % self._values()


@event
@dataclass(frozen=True)
class Retargeted(Event):
    """A person put an open ticket under another version of its agreement, or under another agreement."""

    kind: ClassVar[str] = "retargeted"
    right: ClassVar[str] = "ticket.retarget"

    agreement_version_id: int

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if not AgreementVersion.objects.filter(pk=self.agreement_version_id).exists():
            raise Refused(_("Choose an agreement that exists."), field="agreement")
        if subject.agreement_version_id == self.agreement_version_id:
            raise Conflict(_("The ticket has this agreement already."), field="agreement")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        # The priority stays: it may have been agreed with the requester.
        subject.agreement_version_id = self.agreement_version_id

    def describe(self, names: Names) -> str:
        return _("put the ticket under the agreement %(agreement)s") % {
            "agreement": names.agreement_version(self.agreement_version_id)
        }


@event
@dataclass(frozen=True)
class ArrivedOnSite(Event):
    """A technician arrived where the work is."""

    kind: ClassVar[str] = "arrived_on_site"
    right: ClassVar[str] = "ticket.note"

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if subject.mode != "on_site":
            raise Refused(_("This ticket is handled remotely; change its mode first."), field="mode")
        if subject.arrived_at is not None:
            raise Conflict(_("Somebody has arrived already."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.arrived_at = moment.at

    def describe(self, names: Names) -> str:
        return _("arrived on site")
