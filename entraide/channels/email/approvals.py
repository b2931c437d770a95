"""Whom the question of an approval goes to by mail: those who do not answer it in the console."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.channels.email.outgoing import Letter, post
from entraide.channels.email.recipients import people
from entraide.core.reactions import reacts_to
from entraide.look.dates import date_format
from entraide.people.brands import base_url_of
from entraide.people.models import Person
from entraide.tickets.approvals import question_of, reads_at_the_desk
from entraide.tickets.events.approving import ApprovalAsked, ApprovalReminded, ApprovalWithdrawn
from entraide.tickets.links import approval_url_for
from entraide.tickets.models import Approval, TicketEntry

DETAILS_AT_MOST = 3000


@reacts_to(ApprovalAsked)
def ask_by_mail(entry: TicketEntry) -> None:
    """Send the question, with a link that leads to the two buttons."""
    _tell(entry, "approval", entry.number, is_automatic=entry.actor_person_id is None)


@reacts_to(ApprovalReminded)
def remind_by_mail(entry: TicketEntry) -> None:
    """Send it again to those who have not answered."""
    event: Any = entry.event
    _tell(entry, "approval_reminder", event.asked_number)


@reacts_to(ApprovalWithdrawn)
def tell_of_withdrawal(entry: TicketEntry) -> None:
    """Tell those who have not answered that they need not any more."""
    event: Any = entry.event
    _tell(entry, "approval_withdrawn", event.asked_number)


def until_in_words(until: datetime | None, person: Person) -> str:
    """Return by when an answer is wanted, in the language and the time zone of its reader; nothing where no day was set."""
    if until is None:
        return ""
    with translation.override(person.spoken_language), timezone.override(ZoneInfo(person.organisation.time_zone)):
        return _("An answer is wanted by %(until)s.") % {"until": date_format(localtime(until), "l j F Y, H:i")}


def _tell(entry: TicketEntry, template: str, number: int, *, is_automatic: bool = True) -> None:
    approval = Approval.objects.filter(ticket=entry.ticket, number=number).first()
    if approval is None:
        return
    for person in _silent(approval):
        if reads_at_the_desk(person, entry.ticket):
            continue
        with translation.override(person.spoken_language):
            question = question_of(approval)
        letter = Letter(
            template,
            person,
            is_automatic=is_automatic,
            message=question,
            facts={
                "details": entry.ticket.description[:DETAILS_AT_MOST].strip(),
                "until": until_in_words(approval.until, person),
            },
            links={"approval_link": approval_url_for(approval.pk, person.pk, base=base_url_of(person.organisation_id))},
        )
        post(entry, letter)


def _silent(approval: Approval) -> Iterable[Person]:
    return people(approval.approvers.filter(answer="").values_list("person_id", flat=True))
