"""Mails of ours that came back, or that are late."""

from __future__ import annotations

from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.parsing.bounce import Bounce, BouncedRecipient
from entraide.channels.email.parsing.thread_clues import ThreadClues
from entraide.channels.email.threading import clipped, leads
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.core.story import Entry
from entraide.people.models import MailAddress
from entraide.tickets import actions
from entraide.tickets.models import Ticket


def receive(bounce: Bounce, *, clues: ThreadClues, is_final: bool, source: str) -> Entry | None:
    """Mark the mail and the addresses that failed and note it on the ticket; None where it was none of ours.

    Not `is_final` when the servers on the way go on trying. Returns the first entry written.
    """
    with scoped(Scope.everything(reason="a bounce tells our mail before it tells the organisation")):
        mail = _ours(bounce)
        ticket = mail.ticket if mail else _ticket_named(clues)
        failed = [each for each in bounce.recipients if mail is None or _went_to(mail, each.email)]
        if mail is not None and is_final:
            _mark(mail, failed)
        if ticket is None:
            return None
        if not failed:
            failed = [BouncedRecipient(mail.recipient if mail else "?", "", "", False)]
        first, *others = failed
        entry = _noted(ticket, first, is_final=is_final, source=source, once=source)
        for number, each in enumerate(others, start=2):
            _noted(ticket, each, is_final=is_final, source=source, once=f"{source}:{number}")
        return entry


def _ours(bounce: Bounce) -> OutgoingMail | None:
    if bounce.original_message_id is None:
        return None
    message_id = clipped(bounce.original_message_id)
    return OutgoingMail.objects.filter(message_id=message_id).select_related("ticket").first()


def _ticket_named(clues: ThreadClues) -> Ticket | None:
    found = [lead.ticket for lead in leads(clues) if lead.proof != "subject"]
    return found[0] if found else None


def _went_to(mail: OutgoingMail, email: str) -> bool:
    # Whoever got a mail of ours knows its Message-ID: nobody may silence an address to which it did not go.
    return email.lower() in {each.lower() for each in (mail.recipient, *mail.cc)}


def _mark(mail: OutgoingMail, failed: list[BouncedRecipient]) -> None:
    for each in failed:
        if each.email.lower() == mail.recipient.lower():
            mail.state, mail.last_error = OutgoingMail.State.BOUNCED, each.diagnostic[:1000]
            mail.save(update_fields=["state", "last_error"])
        if each.permanent:
            MailAddress.objects.filter(email__iexact=each.email, bounced_at=None).update(
                bounced_at=now(), bounce_reason=(each.diagnostic or each.status)[:500]
            )


def _noted(ticket: Ticket, failed: BouncedRecipient, *, is_final: bool, source: str, once: str) -> Entry:
    return actions.receive_bounce(
        ticket,
        email=failed.email,
        reason=failed.diagnostic or failed.status,
        is_permanent=is_final,
        actor=Actor.system("intake"),
        source=source,
        once=once,
    )
