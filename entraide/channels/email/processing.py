"""Reading a kept message: once, whoever tries how often, and never without a result that somebody can see."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from entraide.audit.origin import Origin, coming_from
from entraide.channels.email.models import IncomingMail
from entraide.channels.email.reading import Result, Unsent, read
from entraide.channels.email.unsent import tell_author
from entraide.core import crash
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.owned import OtherOrganisation

log = logging.getLogger("entraide.mail")

ATTEMPTS_AT_MOST = 5
# What PostgreSQL says (class of SQLSTATE) of its connection, of conflicts between transactions, of lack of room.
PASSING = ("08", "40", "53", "55", "57", "58")


def process(mail_id: int) -> None:
    """Read a kept message and do what it asks for; nothing if that was done already.

    A message that cannot be read, or over which the desk failed five times, goes into quarantine with
    the reason. Raises what went wrong while there are attempts left: then the job runs again.
    """
    attempt = _begin(mail_id)
    if attempt is None:
        return
    crash.reach("mail:job-started")
    mail = IncomingMail(pk=mail_id)  # brought up to date under its lock; keeps what was read of it, whatever happens
    try:
        # Whoever it says that it is from, it is the desk that makes something of it.
        with coming_from(Origin("mail", name="Entraide")):
            _process(mail)
    except Unsent as unsent:
        with transaction.atomic():
            _quarantine(mail, unsent.message)
            tell_author(mail, unsent)
    except Refused as refused:
        _quarantine(mail, refused.message)
    except Exception as error:
        if _will_pass(error):
            # Not the message's fault: it waits until the disk or the database is well again.
            IncomingMail.objects.filter(pk=mail_id).update(attempts=F("attempts") - 1)
            raise
        if attempt < ATTEMPTS_AT_MOST and not isinstance(error, OtherOrganisation):
            raise
        log.exception("A message goes into quarantine.", extra={"mail": mail_id})
        _quarantine(mail, _("It could not be read: %(error)s") % {"error": f"{type(error).__name__}: {error}"})
    crash.reach("mail:processed")


def _begin(mail_id: int) -> int | None:
    """Count the attempt and return its number, or None when there is nothing (more) to do.

    Counted before and not after: a message that kills its reader must not be read for ever.
    """
    waiting = IncomingMail.objects.filter(pk=mail_id, outcome=IncomingMail.Outcome.WAITING)
    if not waiting.update(attempts=F("attempts") + 1):
        return None
    attempt = IncomingMail.objects.values_list("attempts", flat=True).get(pk=mail_id)
    if attempt > ATTEMPTS_AT_MOST:
        _quarantine(
            IncomingMail(pk=mail_id),
            _("The desk stopped %(count)s times while reading it.") % {"count": ATTEMPTS_AT_MOST},
        )
        return None
    return attempt


def _process(mail: IncomingMail) -> None:
    # One transaction for everything: either the ticket is there and the message is done, or neither.
    with transaction.atomic():
        mail.refresh_from_db(from_queryset=IncomingMail.objects.select_for_update())
        if mail.outcome != IncomingMail.Outcome.WAITING:
            return  # another worker was faster
        _save(mail, read(mail))
        crash.reach("mail:outcome-saved")


def _will_pass(error: Exception) -> bool:
    if isinstance(error, OperationalError | InterfaceError):
        state = getattr(error.__cause__, "sqlstate", None)
        return state is None or state.startswith(PASSING)
    return isinstance(error, OSError)


def _save(mail: IncomingMail, result: Result) -> None:
    mail.outcome, mail.reason = result.outcome, result.reason[:500]
    mail.ticket_id = result.entry.ticket_id if result.entry else None
    mail.entry_id = result.entry.pk if result.entry else None
    mail.processed_at = now()
    mail.save(
        update_fields=[
            "outcome", "reason", "ticket", "entry", "processed_at", "message_id", "sender", "subject", "copied_to",
            "may_be_answered",
        ]
    )  # fmt: skip


def _quarantine(mail: IncomingMail, reason: str) -> None:
    """Put it into quarantine with what could be read of it: whoever looks at it wants to know whose it is."""
    reason = reason.replace("\x00", "")[:500]
    facts = {"message_id": mail.message_id, "sender": mail.sender, "subject": mail.subject}
    IncomingMail.objects.filter(pk=mail.pk, outcome=IncomingMail.Outcome.WAITING).update(
        outcome=IncomingMail.Outcome.QUARANTINED, reason=reason, processed_at=now(),
        **{name: value for name, value in facts.items() if value},
    )  # fmt: skip
