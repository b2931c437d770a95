"""As what somebody may write to a ticket by mail: the one place that decides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.email.senders import Sender
from entraide.channels.email.threading import Lead, answers_a_mail_to
from entraide.core.actor import Actor
from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for
from entraide.tickets.models import Ticket

# desk: a technician's public reply · party: as the requester · copied: as the requester, and follows from now on
# stranger: kept for the desk to see · None: this ticket is none of theirs
Standing = Literal["desk", "party", "copied", "stranger"]


def standing_of(sender: Sender, lead: Lead, *, references: Sequence[str]) -> Standing | None:
    """Return as what `sender` may write to the ticket that `lead` found, or None."""
    ticket, person = lead.ticket, sender.person
    with scoped(Scope.everything(reason="whether somebody may reach a ticket is what is being decided")):
        if person is not None and ticket.concerns(person.pk):
            return "party"
        if person is not None and sender.is_staff:
            return _of_staff(sender, lead, actor_for(person), references)
        if sender.organisation is not None and sender.organisation.pk != ticket.organisation_id:
            return None
        if person is not None and actor_for(person).may("ticket.answer", ticket):
            return "party"
        if person is not None and _was_copied(sender.email, ticket):
            return "copied"
    # Anyone can type a number; only those on the ticket are believed.
    return None if lead.proof == "subject" else "stranger"


def _of_staff(sender: Sender, lead: Lead, actor: Actor, references: Sequence[str]) -> Standing | None:
    # A From line is easily forged: a technician's word goes out to clients only if the mail shows that
    # its sender had one of ours about this ticket in hand.
    is_proved = lead.proof == "address" or answers_a_mail_to(sender.email, ticket=lead.ticket, references=references)
    if is_proved and actor.may("ticket.reply", lead.ticket):
        return "desk"
    return None if lead.proof == "subject" else "stranger"


def _was_copied(email: str, ticket: Ticket) -> bool:
    address = email.lower()
    return (
        OutgoingMail.objects.filter(ticket=ticket, cc__contains=[address]).exists()
        or IncomingMail.objects.filter(ticket=ticket, entry__is_public=True, copied_to__contains=[address]).exists()
    )
