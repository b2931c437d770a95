from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Event, Moment, Refused, event
from entraide.tickets.attachments import FileRef, keep_attachments
from entraide.tickets.kinds import kinds
from entraide.tickets.models import Channel, Ticket, TicketEntry
from entraide.tickets.names import Names
from entraide.tickets.priority import priority_of
from entraide.tickets.status import Status


@event
@dataclass(frozen=True)
class TicketOpened(Event):
    """A ticket came into being. `text` and `html` are what the requester wrote, `source` where it came from."""

    kind: ClassVar[str] = "ticket_opened"
    right: ClassVar[str] = "ticket.open"

    number: int
    organisation_id: int
    ticket_kind: str
    subject: str = field(metadata=PERSONAL)
    text: str = field(metadata=PERSONAL)
    requester_id: int
    channel: str
    html: str = field(default="", metadata=PERSONAL)
    on_behalf_of_id: int | None = None
    site_id: int | None = None
    category_id: int | None = None
    mode: str = "remote"
    impact: int = 3
    urgency: int = 2
    team_id: int | None = None
    level: int = 1
    assignee_id: int | None = None
    tags: tuple[str, ...] = ()
    watcher_ids: tuple[int, ...] = ()
    attachments: tuple[FileRef, ...] = field(default=(), metadata=PERSONAL)
    source: str = ""
    # What the agreement in force made of impact and urgency; None: there was none.
    priority: int | None = None
    priority_raise: int = 0
    agreement_version_id: int | None = None
    # The number of the closed ticket that this one follows up.
    follows_up: int | None = None
    # What comes of a confidential ticket is confidential.
    is_confidential: bool = False

    def check(self, subject: Ticket, actor: Actor) -> None:
        if self.ticket_kind not in kinds:
            raise Refused(
                _("“%(kind)s” is not a kind of ticket; choose one of: %(known)s.")
                % {"kind": self.ticket_kind, "known": ", ".join(kinds.codes())},
                field="kind",
            )
        if not self.subject.strip():
            raise Refused(_("Say in a few words what the ticket is about."), field="subject")
        if self.channel not in Channel.values:
            raise Refused(_("“%(channel)s” is not a channel.") % {"channel": self.channel}, field="channel")
        if (self.impact, self.urgency) not in [(i, u) for i in (1, 2, 3) for u in (1, 2, 3)]:
            raise Refused(_("Impact and urgency go from 1 (high) to 3 (low)."), field="impact")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.number = self.number
        subject.organisation_id = self.organisation_id
        subject.kind = self.ticket_kind
        subject.subject = self.subject
        subject.description = self.text
        subject.requester_id = self.requester_id
        subject.on_behalf_of_id = self.on_behalf_of_id
        subject.site_id = self.site_id
        subject.category_id = self.category_id
        subject.channel = self.channel
        subject.mode = self.mode
        subject.tags = list(self.tags)
        subject.watcher_ids = list(self.watcher_ids)
        subject.impact, subject.urgency = self.impact, self.urgency
        subject.agreement_version_id, subject.priority_raise = self.agreement_version_id, self.priority_raise
        subject.priority = self.priority or priority_of(self.impact, self.urgency)
        subject.team_id, subject.level = self.team_id, self.level
        subject.assignee_id = self.assignee_id
        subject.status = Status.IN_PROGRESS if self.assignee_id else Status.NEW
        subject.opened_at = moment.at
        subject.last_message_number = moment.number
        subject.last_message_at = moment.at
        subject.awaits_answer = True
        subject.is_confidential = self.is_confidential

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        keep_attachments(self.attachments, entry)

    def describe(self, names: Names) -> str:
        return {
            Channel.MAIL: _("opened the ticket by mail"),
            Channel.PORTAL: _("opened the ticket in the portal"),
            Channel.CHAT: _("opened the ticket in the chat"),
            Channel.PHONE: _("opened the ticket by phone"),
            Channel.DESK: _("opened the ticket at the desk"),
            Channel.API: _("opened the ticket by the API"),
            Channel.FORM: _("opened the ticket with a contact form"),
        }[Channel(self.channel)]

    def is_public(self) -> bool:
        return True
