"""Telling a technician that their answer by mail was not sent."""

from __future__ import annotations

from entraide.channels.email.models import IncomingMail
from entraide.channels.email.outgoing import Letter, post, within_limit
from entraide.channels.email.reading import Unsent
from entraide.core.scope import Scope, scoped
from entraide.tickets.models import TicketEntry


def tell_author(mail: IncomingMail, unsent: Unsent) -> None:
    """Write to the author of `mail` why it waits in quarantine: once, never a machine, and not too often."""
    with scoped(Scope.everything(reason="technicians are of another organisation than the ticket")):
        if not mail.may_be_answered or not within_limit(unsent.author):
            return
        # Nothing was written into the ticket; the mail stands in its thread.
        entry = TicketEntry.objects.filter(ticket=unsent.ticket).latest("number")
        letter = Letter(
            "unsent", unsent.author, is_automatic=True, to_staff=True, message=unsent.message, once=f"unsent:{mail.pk}"
        )
        post(entry, letter)
