"""Sending one mail of the outbox, and what to do when it does not go."""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from email.encoders import encode_base64
from email.mime.base import MIMEBase

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F

from entraide.channels.email.message_ids import DESK_HEADER, desk_id
from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.words import THIRD_PARTY
from entraide.core import files
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.scope import Scope, scoped
from entraide.tickets.models import Attachment
from entraide.tickets.verdicts import HeldBack, mark, require_free

log = logging.getLogger("entraide.mail")

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240))
PATIENCE = timedelta(days=3)
ATTACHED_AT_MOST_BYTES = 15 * 1024 * 1024
SCANNED_WITHIN = timedelta(hours=1)
SOON = timedelta(seconds=4)


class NotScannedYet(Exception):
    """A mail waits for the virus scanner."""


def send(mail_id: int) -> bool:
    """Send a mail that is due; return whether it went.

    The row stays locked meanwhile: two workers send it once. A crash between the server's yes and
    the save sends it twice, with the same Message-ID.
    """
    with scoped(Scope.everything(reason="a mail is found by its id")), transaction.atomic():
        mail = _claimed(mail_id)
        if mail is None:
            return False
        try:
            _deliver(mail)
        except NotScannedYet:
            _postpone(mail)
            return False
        except Exception as error:
            _note_failure(mail, error)
            return False
        reach("outbox.sent")
        mail.state, mail.sent_at, mail.last_error = OutgoingMail.State.SENT, now(), ""
        mail.next_attempt_at = None
        mail.attempts = F("attempts") + 1
        mail.save(update_fields=["state", "sent_at", "last_error", "next_attempt_at", "attempts"])
        return True


def _claimed(mail_id: int) -> OutgoingMail | None:
    due = (OutgoingMail.State.WAITING, OutgoingMail.State.FAILING)
    return (
        OutgoingMail.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=mail_id, state__in=due, next_attempt_at__lte=now())
        .first()
    )


def _deliver(mail: OutgoingMail) -> None:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=[mail.recipient],
        cc=mail.cc,
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=_headers(mail),
        connection=get_connection(),
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for attachment in _attachments(mail):
        message.attach(_as_part(attachment))
    message.send()


def _as_part(attachment: Attachment) -> MIMEBase:
    """Return a file as a part of a mail, byte for byte: as text, its line ends would be changed."""
    main, _slash, sub = attachment.mime.partition("/")
    part = MIMEBase(main, sub or "octet-stream")
    part.set_payload(files.read_stored(attachment.digest))
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part


def _headers(mail: OutgoingMail) -> dict[str, str]:
    headers = {"Message-ID": mail.message_id, DESK_HEADER: desk_id()}
    if mail.in_reply_to:
        headers["In-Reply-To"] = mail.in_reply_to
    if mail.references:
        headers["References"] = " ".join(mail.references)
    if mail.is_automatic:
        headers["Auto-Submitted"] = "auto-replied" if mail.in_reply_to else "auto-generated"
        headers["X-Auto-Response-Suppress"] = "All"
        headers["Precedence"] = "auto_reply"
    return headers


def _attachments(mail: OutgoingMail) -> list[Attachment]:
    """Return the files to attach: those of a technician's own message that the scanner lets pass, as long as a mail can carry them.

    What is held back, the requester is told of behind the link of the mail; a third party has none, and gets everything or nothing.
    Raises NotScannedYet, HeldBack.
    """
    if mail.is_automatic or mail.entry_id is None:
        return []
    carried, total = [], 0
    for attachment in _free_files(mail):
        total += attachment.size_bytes
        if total > ATTACHED_AT_MOST_BYTES:
            # The rest is one click away, behind the link in the mail.
            break
        carried.append(attachment)
    return carried


def _free_files(mail: OutgoingMail) -> list[Attachment]:
    files = list(Attachment.objects.filter(entry_id=mail.entry_id).order_by("size_bytes"))
    mark(files)
    is_outside = mail.template == THIRD_PARTY
    if any(each.held == "waiting" for each in files) and (is_outside or now() - mail.created_at < SCANNED_WITHIN):
        raise NotScannedYet
    if is_outside:
        for each in files:
            require_free(each)
    return [each for each in files if not each.held]


def _postpone(mail: OutgoingMail) -> None:
    """Leave a mail in the outbox until its files are scanned: for some seconds at first, then for minutes."""
    from entraide.channels.email.outbox_jobs import send_mail

    is_new = now() - mail.created_at < timedelta(minutes=1)
    mail.next_attempt_at = now() + (SOON if is_new else PAUSES[0])
    mail.save(update_fields=["next_attempt_at"])
    if is_new:
        send_mail.configure(schedule_at=mail.next_attempt_at).defer(mail_id=mail.pk)


def _note_failure(mail: OutgoingMail, error: Exception) -> None:
    mail.attempts += 1
    mail.last_error = _sentence(error)[:1000]
    given_up = _is_permanent(error) or now() - mail.created_at > PATIENCE
    mail.state = OutgoingMail.State.FAILED if given_up else OutgoingMail.State.FAILING
    mail.next_attempt_at = None if given_up else _next_attempt(mail.attempts)
    mail.save(update_fields=["state", "attempts", "last_error", "next_attempt_at"])
    log.warning("A mail could not be sent.", extra={"mail": mail.pk, "attempts": mail.attempts, "given_up": given_up})


def _next_attempt(attempts: int) -> datetime:
    return now() + PAUSES[min(attempts, len(PAUSES)) - 1]


def _is_permanent(error: Exception) -> bool:
    """Tell whether trying again is useless: the server refused this mail (5xx), not this moment."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # A wrong password is mended by an operator; the mail itself is fine.
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, ValueError | files.FileMissing | HeldBack)


def _sentence(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{email}: {code} {words.decode(errors='replace')}" for email, (code, words) in error.recipients.items()
        )
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return str(error) if isinstance(error, HeldBack) else f"{type(error).__name__}: {error}"
