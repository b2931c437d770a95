"""What is written to somebody outside about a ticket (a supplier, a carrier, a hotline), and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Moment, Refused, event
from entraide.core.scope import Scope, scoped
from entraide.people.acting import is_staff
from entraide.people.models import MailAddress
from entraide.tickets.events.messages import Message
from entraide.tickets.events.waiting import end_waiting
from entraide.tickets.models import PendingReason, ThirdParty, Ticket, TicketEntry
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_open

ADDRESSES_AT_MOST = 10


@event
@dataclass(frozen=True)
class ThirdPartyWritten(Message):
    """The desk wrote to third parties. Neither the requester nor whose turn it is has anything to do with it.

    `conversation` is that of an earlier entry ("1042-7", see tickets/third_parties.py); empty, this entry begins one.
    """

    kind: ClassVar[str] = "third_party_written"
    right: ClassVar[str] = "ticket.reply"

    to: tuple[str, ...] = field(default=(), metadata=PERSONAL)
    subject: str = field(default="", metadata=PERSONAL)
    conversation: str = ""

    def check(self, subject: Ticket, actor: Actor) -> None:
        if not self.to:
            raise Refused(_("Write the address of the third party."), field="to")
        if len(self.to) > ADDRESSES_AT_MOST:
            raise Refused(_("At most %(n)d addresses go with one message.") % {"n": ADDRESSES_AT_MOST}, field="to")
        for each in self.to:
            _require_third_party(each, subject)
        if not self.subject.strip():
            raise Refused(_("Write a subject: the third party sees nothing else of the ticket."), field="subject")
        super().check(subject, actor)
        if subject.status == Status.CLOSED:
            require_open(subject.status)

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """It is no word to the requester: no response, no change of turn."""

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        super().saved(subject, entry)
        for each in self.to:
            ThirdParty.objects.update_or_create(
                organisation_id=entry.organisation_id, email=each.lower(), defaults={"written_at": entry.at}
            )

    def describe(self, names: Names) -> str:
        return _("wrote to %(addresses)s") % {"addresses": ", ".join(self.to)}


@event
@dataclass(frozen=True)
class ThirdPartyAnswered(Message):
    """A third party answered by mail. `ends_waiting` was decided when it was recorded.

    What a machine of theirs sent (`is_automatic`) is kept and changes nothing.
    """

    kind: ClassVar[str] = "third_party_answered"
    right: ClassVar[str] = "ticket.receive"

    from_name: str = field(default="", metadata=PERSONAL)
    from_email: str = field(default="", metadata=PERSONAL)
    conversation: str = ""
    ends_waiting: bool = False
    is_automatic: bool = False

    def apply(self, subject: Ticket, moment: Moment) -> None:
        if self.is_automatic:
            return
        # Whoever is writing to the requester now must hear that there is more to read.
        super().apply(subject, moment)
        if subject.status == Status.WAITING and self.ends_waiting:
            subject.status = Status.IN_PROGRESS
            end_waiting(subject)

    def describe(self, names: Names) -> str:
        if self.is_automatic:
            return _("answered automatically from %(email)s") % {"email": self.from_email}
        return _("answered from %(email)s") % {"email": self.from_email}

    @staticmethod
    def would_end(pending_reason: str) -> bool:
        """Tell whether a third party's answer ends waiting for this reason."""
        return PendingReason.objects.filter(code=pending_reason, ends_on_third_party=True).exists()


def _require_third_party(email: str, ticket: Ticket) -> None:
    """Raise Refused for what is no address, and for one of somebody who has another way to be told."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(_("“%(email)s” is not a mail address.") % {"email": email}, field="to") from error
    with scoped(Scope.everything(reason="whose address it is may be known of any organisation")):
        known = MailAddress.objects.select_related("person").filter(email__iexact=email).first()
        if known is None:
            return
        if ticket.concerns(known.person_id):
            raise Refused(_("%(name)s is on this ticket: write a reply.") % {"name": known.person.name}, field="to")
        if is_staff(known.person):
            raise Refused(
                _("%(name)s is of the desk: name them in an internal note.") % {"name": known.person.name}, field="to"
            )
