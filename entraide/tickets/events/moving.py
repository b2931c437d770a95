from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Event, Moment, Refused, event
from entraide.tickets.answers import keep_values, without_references
from entraide.tickets.models import (
    Approval,
    Approver,
    Attachment,
    ClockRow,
    FieldValue,
    LevelStay,
    Rating,
    Ticket,
    TicketEntry,
    Timer,
    Work,
)
from entraide.tickets.names import Names
from entraide.tickets.promised import computed_priority


@event
@dataclass(frozen=True)
class MovedToOrganisation(Event):
    """The ticket was another organisation's: it goes there with its whole timeline."""

    kind: ClassVar[str] = "moved_to_organisation"
    right: ClassVar[str] = "ticket.move"

    from_organisation_id: int
    organisation_id: int
    requester_id: int
    agreement_version_id: int | None = None
    priority_raise: int = 0

    def check(self, subject: Ticket, actor: Actor) -> None:
        if subject.organisation_id != self.from_organisation_id:
            raise Conflict(_("Somebody else has just moved this ticket. Look again."), field="organisation")
        if subject.organisation_id == self.organisation_id:
            raise Conflict(_("The ticket belongs to this organisation already."), field="organisation")
        if subject.links or Ticket.objects.filter(merged_into=subject).exists():
            raise Refused(
                _("This ticket is tied to others of its organisation. Unlink it first."), field="organisation"
            )

        if subject.open_approvals:
            raise Refused(
                _("Somebody of the organisation is still asked for an approval. Withdraw it first."),
                field="organisation",
            )

    def apply(self, subject: Ticket, moment: Moment) -> None:
        subject.organisation_id = self.organisation_id
        subject.requester_id = self.requester_id
        # These belong to the organisation that the ticket leaves.
        subject.on_behalf_of_id = subject.site_id = None
        subject.watcher_ids = []
        subject.answers = without_references(subject)
        subject.agreement_version_id, subject.priority_raise = self.agreement_version_id, self.priority_raise
        if not subject.priority_reason:
            subject.priority = computed_priority(subject)

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        TicketEntry.objects.filter(ticket=subject).update(organisation_id=self.organisation_id)
        Approver.objects.filter(approval__ticket=subject).update(organisation_id=self.organisation_id)
        for model in (Approval, Attachment, ClockRow, FieldValue, LevelStay, Rating, Timer, Work):
            model.objects.filter(ticket=subject).update(organisation_id=self.organisation_id)
        keep_values(subject)

    def describe(self, names: Names) -> str:
        return _("moved the ticket from %(old)s to %(new)s") % {
            "old": names.organisation(self.from_organisation_id),
            "new": names.organisation(self.organisation_id),
        }
