"""Mails of ours that came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.threading import clipped, leads
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.core.story import Entry
from entraide.people.models import MailAddress
from entraide.tickets import actions
from entraide.tickets.models import Ticket


@dataclass(frozen=True)
class Bounce:
    """What a bounce says. `message_ids` are those of the mail that came back, `recipient` may be empty."""

    message_ids: tuple[str, ...]
    recipient: str
    reason: str
    is_permanent: bool


def receive(bounce: Bounce, *, recipients: Iterable[str], source: str, once: str) -> Entry | None:
    """Mark the mail and the address that failed and note it on the ticket; None where it was none of ours."""
    with scoped(Scope.everything(reason="a bounce tells our mail before it tells the organisation")):
        mail = _ours(bounce)
        ticket = mail.ticket if mail else _ticket_named(bounce, recipients)
        if mail is not None and bounce.is_permanent:
            _mark(mail, bounce)
        if ticket is None:
            return None
        recipient = bounce.recipient or (mail.recipient if mail else "?")
        return actions.receive_bounce(
            ticket,
            email=recipient,
            reason=bounce.reason,
            is_permanent=bounce.is_permanent,
            actor=Actor.system("intake"),
            source=source,
            once=once,
        )


def _ticket_named(bounce: Bounce, recipients: Iterable[str]) -> Ticket | None:
    found = leads(references=bounce.message_ids, recipients=recipients, subject="")
    return found[0].ticket if found else None


def _ours(bounce: Bounce) -> OutgoingMail | None:
    wanted = [clipped(each) for each in bounce.message_ids]
    return OutgoingMail.objects.filter(message_id__in=wanted).select_related("ticket").first()


def _mark(mail: OutgoingMail, bounce: Bounce) -> None:
    failed = (bounce.recipient or mail.recipient).lower()
    # Our Message-ID is known to whoever got the mail: nobody may silence an address to which we did not write it.
    if failed not in {each.lower() for each in (mail.recipient, *mail.cc)}:
        return
    if failed == mail.recipient.lower():
        mail.state, mail.last_error = OutgoingMail.State.BOUNCED, bounce.reason[:1000]
        mail.save(update_fields=["state", "last_error"])
    MailAddress.objects.filter(email__iexact=failed, bounced_at=None).update(
        bounced_at=now(), bounce_reason=bounce.reason[:500]
    )


