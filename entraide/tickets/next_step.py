"""What happens next with a ticket, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from entraide.tickets.models import Ticket
from entraide.tickets.status import Status


def next_step(ticket: Ticket) -> str:
    """Return whose turn it is, and for what."""
    if ticket.awaits_acceptance:
        return _("Handover to accept")
    if ticket.status == Status.NEW:
        return _("To be taken")
    if ticket.status == Status.WAITING:
        return _("On hold")
    if ticket.status == Status.RESOLVED:
        return _("The requester confirms")
    if ticket.status == Status.CLOSED:
        return _("Done")
    if ticket.awaits_answer:
        return _("Answer the requester")
    return _("Work goes on")
