"""Asking for an approval, answering, and what ends the question otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.events.approving import (
    ApprovalAsked,
    ApprovalExpired,
    ApprovalGiven,
    ApprovalRefused,
    ApprovalReminded,
    ApprovalWithdrawn,
)
from entraide.tickets.models import APPROVAL, Approval, PendingReason, Ticket


def ask(
    ticket: Ticket, *, question: str, people: Iterable[Person], rule: str, actor: Actor, until: datetime | None = None,
    holds: bool = False, by_category: bool = False, once: str | None = None,
) -> Entry:  # fmt: skip
    """Ask people of the client or of the desk to approve something, by a rule of approval_rule.py.

    Of one person alone any rule is "one". With `holds` the ticket waits until it is decided: both happen, or neither.
    """
    keys = tuple(dict.fromkeys(person.pk for person in people))
    if holds and not PendingReason.objects.filter(code=APPROVAL).exists():
        raise Refused(
            _("There is no reason for waiting with the code “%(code)s” any more: an administrator can add it.")
            % {"code": APPROVAL},
            field="holds",
        )
    with transaction.atomic():
        event = ApprovalAsked(question.strip(), keys, "one" if len(keys) == 1 else rule, until, by_category)
        entry = record(ticket, event, actor=actor, once=once)
        if holds:
            actions.hold(ticket, reason=APPROVAL, actor=actor, once=f"{once}:hold" if once else None)
    return entry


def approve(ticket: Ticket, *, number: int, actor: Actor, text: str = "", once: str | None = None) -> Entry:
    """Approve what the entry `number` of the ticket asks, as one of those who were asked."""
    return record(ticket, ApprovalGiven(number, text.strip()), actor=actor, once=once)


def refuse(ticket: Ticket, *, number: int, actor: Actor, text: str, once: str | None = None) -> Entry:
    """Refuse what the entry `number` of the ticket asks, saying why."""
    return record(ticket, ApprovalRefused(number, text.strip()), actor=actor, once=once)


def withdraw(ticket: Ticket, *, number: int, actor: Actor, why: str = "", once: str | None = None) -> Entry:
    """Take back what the entry `number` of the ticket asks."""
    return record(ticket, ApprovalWithdrawn(number, why), actor=actor, once=once)


def withdraw_all(ticket: Ticket, *, actor: Actor, why: str) -> None:
    """Take back whatever is still asked on a ticket, since it was merged or resolved."""
    for number, *_rest in list(ticket.open_approvals):
        withdraw(ticket, number=number, actor=actor, why=why)


def expire(approval: Approval, *, actor: Actor) -> Entry:
    """Note that the day has passed without the answer."""
    return record(approval.ticket, ApprovalExpired(approval.number), actor=actor, once=f"approval-end:{approval.pk}")


def remind(approval: Approval, *, actor: Actor) -> Entry:
    """Remind those who have not answered."""
    silent = approval.approvers.filter(answer="").order_by("person_id").values_list("person_id", flat=True)
    event = ApprovalReminded(approval.number, tuple(silent))
    return record(approval.ticket, event, actor=actor, once=f"approval-reminder:{approval.pk}")
