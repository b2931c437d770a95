"""As what somebody may write to a ticket by mail: the one place that decides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.email.senders import Sender
from entraide.channels.email.threading import Lead, clipped, mail_answered
from entraide.channels.email.words import FOR_THE_DESK, THIRD_PARTY
from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.tickets.models import Ticket

# desk: a technician's public reply · note: their words for the desk alone · party: as the requester
# copied: as the requester, and follows from now on · stranger: kept for the desk to see · None: this ticket is none of theirs
Standing = Literal["desk", "note", "party", "copied", "stranger"]


def standing_of(sender: Sender, lead: Lead, *, references: Sequence[str]) -> Standing | None:
    """Return as what `sender` may write to the ticket that `lead` found, or None."""
    ticket, person = lead.ticket, sender.person
    with scoped(Scope.everything(reason="whether somebody may reach a ticket is what is being decided")):
        if person is not None and sender.is_staff:
            answered = mail_answered(person, ticket=ticket, references=references)
            is_told_as_staff = answered is not None and answered.template in FOR_THE_DESK
            if is_told_as_staff or person.pk not in (ticket.requester_id, ticket.on_behalf_of_id):
                return _of_staff(person, lead, answered, references)
        if person is not None and ticket.concerns(person.pk):
            return "party"
        if sender.organisation is not None and sender.organisation.pk != ticket.organisation_id:
            return None
        if person is not None and actor_for(person).may("ticket.answer", ticket):
            return "party"
        if person is not None and _was_copied(sender.email, ticket):
            return "copied"
    # Anyone can type a number; only those on the ticket are believed.
    return None if lead.proof == "subject" else "stranger"


def _of_staff(person: Person, lead: Lead, answered: OutgoingMail | None, references: Sequence[str]) -> Standing | None:
    ticket, actor = lead.ticket, actor_for(person)
    # A From line is easily forged: a technician's word goes out only if the mail shows that its sender had one of
    # ours in hand. And only in direct answer to what the requester was sent, too: what answers a
    # notification is meant for colleagues.
    is_to_all = answered is not None and answered.template not in FOR_THE_DESK
    if answered is not None and is_to_all and answered.message_id == clipped(references[0]):
        return "desk" if actor.may("ticket.reply", ticket) else "stranger"
    if (answered is not None or lead.proof == "address") and actor.may("ticket.note", ticket):
        return "note"
    return "stranger" if lead.proof != "subject" or ticket.concerns(person.pk) else None


def _was_copied(email: str, ticket: Ticket) -> bool:
    address = email.lower()
    # What third parties were written is another conversation.
    ours = OutgoingMail.objects.filter(ticket=ticket, cc__contains=[address]).exclude(template=THIRD_PARTY)
    return (
        ours.exists()
        or IncomingMail.objects.filter(ticket=ticket, entry__is_public=True, copied_to__contains=[address]).exists()
    )
