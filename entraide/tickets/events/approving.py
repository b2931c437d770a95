"""Somebody outside the work is asked whether it may go ahead: asking, their answers, and what ends the question.

`Ticket.open_approvals` has [entry, rule, [who is asked], [who approved]] of each that is not decided: two answers at
once are counted under the ticket's lock, and the timeline alone tells the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import PERSONAL, Conflict, Event, Moment, NotAllowed, Refused, event
from entraide.core.scope import Scope, scoped
from entraide.look.dates import date_format
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.tickets.approval_rule import RULES, outcome, reminder_at
from entraide.tickets.events.waiting import end_waiting
from entraide.tickets.models import APPROVAL, Approval, Approver, Ticket, TicketEntry
from entraide.tickets.names import Names
from entraide.tickets.status import Status, require_open

PEOPLE_AT_MOST = 20
TEXT_AT_MOST = 5000


@event
@dataclass(frozen=True)
class ApprovalAsked(Event):
    """Some people are asked to approve what `text` says; without words (`by_category`) it is the request itself."""

    kind: ClassVar[str] = "approval_asked"
    right: ClassVar[str] = "approval.ask"

    text: str = field(metadata=PERSONAL)
    person_ids: tuple[int, ...]
    rule: str
    until: datetime | None = None
    by_category: bool = False

    def check(self, subject: Ticket, actor: Actor) -> None:
        require_open(subject.status)
        if not self.text.strip() and not self.by_category:
            raise Refused(_("Say what is to be approved."), field="text")
        if len(self.text) > TEXT_AT_MOST:
            raise Refused(_("Say it in %(most)d characters at the most.") % {"most": TEXT_AT_MOST}, field="text")
        if self.rule not in RULES:
            raise Refused(_("Say whether everybody must approve or one answer is enough."), field="rule")
        self._check_people(subject, actor)
        if self.until is not None and self.until <= now():
            raise Refused(_("This day has passed. Choose one to come."), field="until")

    def _check_people(self, subject: Ticket, actor: Actor) -> None:
        if not self.person_ids:
            raise Refused(_("Choose who is to approve."), field="people")
        if len(self.person_ids) > PEOPLE_AT_MOST:
            raise Refused(_("Ask %(most)d people at the most.") % {"most": PEOPLE_AT_MOST}, field="people")
        if self.rule == "one" and len(self.person_ids) > 1:
            raise Refused(_("Say whether everybody must approve or one answer is enough."), field="rule")
        if actor.person_id in self.person_ids:
            raise Refused(_("You cannot be asked to approve what you ask for yourself."), field="people")
        with scoped(Scope.everything(reason="those who may approve are of the desk or of the client")):
            people = list(
                Person.objects.select_related("organisation")
                .prefetch_related("roles", "addresses")
                .filter(pk__in=self.person_ids, is_active=True)
            )
        if len(people) != len(set(self.person_ids)):
            raise Refused(_("Choose people who are there."), field="people")
        for person in people:
            if not actor_for(person).may(ApprovalGiven.right, subject):
                raise Refused(
                    _("%(name)s is neither of the requester's organisation nor of the desk.") % {"name": person.name},
                    field="people",
                )
            if person.address is None:
                raise Refused(
                    _("%(name)s has no mail address that works, and would not hear of it.") % {"name": person.name},
                    field="people",
                )

    def apply(self, subject: Ticket, moment: Moment) -> None:
        asked = sorted(set(self.person_ids))
        subject.open_approvals = [*subject.open_approvals, [moment.number, self.rule, asked, []]]

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        approval = Approval.objects.create(
            organisation_id=subject.organisation_id, ticket=subject, entry=entry, number=entry.number,
            question=self.text, rule=self.rule, asked_by_id=entry.actor_person_id, asked_at=entry.at, until=self.until,
            remind_at=reminder_at(asked_at=entry.at, until=self.until) if self.until else None,
        )  # fmt: skip
        for person_id in sorted(set(self.person_ids)):
            Approver.objects.create(organisation_id=subject.organisation_id, approval=approval, person_id=person_id)

    def describe(self, names: Names) -> str:
        said = {
            "all": _("asked %(people)s to approve, all of them"),
            "any": _("asked %(people)s to approve; the first answer decides"),
        }.get(self.rule, _("asked %(people)s to approve"))
        line = said % {"people": ", ".join(names.people(self.person_ids))}
        if self.by_category:
            line = _("%(line)s, as the category demands") % {"line": line}
        if self.until is None:
            return line
        return _("%(line)s (until %(until)s)") % {
            "line": line,
            "until": date_format(localtime(self.until), "SHORT_DATETIME_FORMAT"),
        }


class OfApproval(Event):
    """Something that happens to a question that was asked in the entry `asked_number`."""

    asked_number: int

    def check(self, subject: Ticket, actor: Actor) -> None:
        if _pending(subject, self.asked_number) is None:
            raise Conflict(how_it_ended(_row(subject, self.asked_number)), field="approval")

    def close(self, subject: Ticket) -> None:
        """Let the question be open no more; work that waited for it goes on (in memory)."""
        subject.open_approvals = [each for each in subject.open_approvals if each[0] != self.asked_number]
        waits = subject.status == Status.WAITING and subject.pending_reason == APPROVAL
        if waits and not subject.open_approvals:
            subject.status = Status.IN_PROGRESS
            end_waiting(subject)

    def keep(self, subject: Ticket, entry: TicketEntry, state: str) -> None:
        """Write how the question ended into its row."""
        Approval.objects.filter(ticket=subject, number=self.asked_number).update(
            state=state, decided_at=entry.at, decided_number=entry.number
        )


@dataclass(frozen=True)
class Answered(OfApproval):
    """Somebody who was asked answered, with a word."""

    right: ClassVar[str] = "approval.decide"

    asked_number: int
    text: str = field(default="", metadata=PERSONAL)

    def check(self, subject: Ticket, actor: Actor) -> None:
        row = Approver.objects.filter(
            approval__ticket=subject, approval__number=self.asked_number, person_id=actor.person_id or 0
        ).first()
        if row is None:
            raise NotAllowed(_("Only those who were asked can approve or refuse."))
        if row.answer:
            raise Conflict(_("You have answered already."), field="approval")
        super().check(subject, actor)
        if len(self.text) > TEXT_AT_MOST:
            raise Refused(_("Say it in %(most)d characters at the most.") % {"most": TEXT_AT_MOST}, field="text")

    def write(self, subject: Ticket, entry: TicketEntry, answer: str) -> None:
        """Write the answer into the row of whoever gave it."""
        rows = Approver.objects.filter(approval__ticket=subject, approval__number=self.asked_number)
        rows.filter(person_id=entry.actor_person_id or 0).update(answer=answer, text=self.text, answered_at=entry.at)


@event
@dataclass(frozen=True)
class ApprovalGiven(Answered):
    """Somebody who was asked approves."""

    kind: ClassVar[str] = "approval_given"

    def apply(self, subject: Ticket, moment: Moment) -> None:
        pending = _pending(subject, self.asked_number)
        assert pending is not None
        _number, rule, asked, approved = pending
        approved = [*approved, moment.actor.person_id]
        if outcome(rule, asked=asked, approved=approved, refused=()) == "open":
            subject.open_approvals = [
                [*each[:3], approved] if each[0] == self.asked_number else each for each in subject.open_approvals
            ]
        else:
            self.close(subject)

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        self.write(subject, entry, Approver.Answer.APPROVED)
        if _pending(subject, self.asked_number) is None:
            self.keep(subject, entry, Approval.State.APPROVED)

    def describe(self, names: Names) -> str:
        return _("approved what was asked")


@event
@dataclass(frozen=True)
class ApprovalRefused(Answered):
    """Somebody who was asked refuses, and says why."""

    kind: ClassVar[str] = "approval_refused"

    def check(self, subject: Ticket, actor: Actor) -> None:
        super().check(subject, actor)
        if not self.text.strip():
            raise Refused(_("Say in a few words why you refuse."), field="text")

    def apply(self, subject: Ticket, moment: Moment) -> None:
        self.close(subject)

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        self.write(subject, entry, Approver.Answer.REFUSED)
        self.keep(subject, entry, Approval.State.REFUSED)

    def describe(self, names: Names) -> str:
        return _("refused what was asked")


@event
@dataclass(frozen=True)
class ApprovalWithdrawn(OfApproval):
    """The answer is not needed any more: somebody says so, or the ticket was merged or resolved (`why`)."""

    kind: ClassVar[str] = "approval_withdrawn"
    right: ClassVar[str] = "approval.ask"

    asked_number: int
    why: str = ""

    def apply(self, subject: Ticket, moment: Moment) -> None:
        self.close(subject)

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        self.keep(subject, entry, Approval.State.WITHDRAWN)

    def describe(self, names: Names) -> str:
        return {
            "merged": _("withdrew what was asked to be approved: the ticket is merged"),
            "resolved": _("withdrew what was asked to be approved: the ticket is resolved"),
        }.get(self.why, _("withdrew what was asked to be approved"))


@event
@dataclass(frozen=True)
class ApprovalExpired(OfApproval):
    """The day came and the answer did not."""

    kind: ClassVar[str] = "approval_expired"
    right: ClassVar[str] = "approval.ask"

    asked_number: int

    def apply(self, subject: Ticket, moment: Moment) -> None:
        self.close(subject)

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        self.keep(subject, entry, Approval.State.EXPIRED)

    def describe(self, names: Names) -> str:
        return _("found no answer to what was asked to be approved, and its day has passed")


@event
@dataclass(frozen=True)
class ApprovalReminded(OfApproval):
    """Those who have not answered are reminded, once."""

    kind: ClassVar[str] = "approval_reminded"
    right: ClassVar[str] = "approval.ask"

    asked_number: int
    person_ids: tuple[int, ...]

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """The ticket itself stays as it is."""

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        Approval.objects.filter(ticket=subject, number=self.asked_number).update(remind_at=None)

    def describe(self, names: Names) -> str:
        return _("reminded %(people)s that an approval is awaited") % {
            "people": ", ".join(names.people(self.person_ids))
        }


def how_it_ended(approval: Approval | None) -> str:
    """Return why nothing is left to decide, for somebody who would."""
    if approval is None:
        return _("No approval was asked for there.")
    return {
        Approval.State.APPROVED: _("This has been approved already; nothing is left to decide."),
        Approval.State.REFUSED: _("This has been refused already; nothing is left to decide."),
        Approval.State.WITHDRAWN: _("The question has been withdrawn meanwhile; nothing is left to decide."),
        Approval.State.EXPIRED: _("The day by which an answer was needed has passed; nothing is left to decide."),
    }.get(Approval.State(approval.state), _("This still waits for an answer."))


def _pending(subject: Ticket, number: int) -> Any:
    return next((each for each in subject.open_approvals if each[0] == number), None)


def _row(subject: Ticket, number: int) -> Approval | None:
    return Approval.objects.filter(ticket=subject, number=number).first()
