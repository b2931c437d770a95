"""The one place to which every door leads: a message is kept whole, once, before anything is answered."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _

from entraide.channels.email.models import IncomingMail
from entraide.channels.email.parsing.fingerprint import fingerprint
from entraide.channels.email.parsing.head import read_head
from entraide.core import crash
from entraide.core.clock import now
from entraide.core.events import Refused

ADDRESS_LENGTH = 320
NULL_SENDER = "<>"


class Kept(NamedTuple):
    """Where a message is kept; not `is_new` if it had come already, by whichever door."""

    mail_id: int
    is_new: bool


def keep(raw: bytes, *, door: str, envelope_from: str, envelope_to: Iterable[str]) -> Kept:
    """Keep a message with its envelope and queue its reading; it is safe (committed) when this returns.

    `door` is smtp, imap or ingest; `envelope_from` is "<>" for the null sender, "" where nobody told. The
    same message again adds its recipients to the first one's. Raises Refused for an empty message, and
    the database's own errors: then the sender has to try again.
    """
    if not raw.strip():
        raise Refused(_("The message is empty: there is nothing to keep."))
    recipients = sorted({_address(each) for each in envelope_to} - {"", NULL_SENDER})
    crash.reach("mail:before-store")
    with transaction.atomic():
        kept = _store(raw, door, _address(envelope_from), recipients)
        if kept.is_new:
            queue_reading(kept.mail_id)
        crash.reach("mail:stored")
    crash.reach("mail:committed")
    return kept


def queue_reading(mail_id: int) -> None:
    """Queue the job that reads a kept message, in the current transaction."""
    from entraide.channels.email.jobs import read_mail

    read_mail.defer(mail_id=mail_id)


def read_again(mail_id: int) -> bool:
    """Take a message out of quarantine and queue it for reading; False if it is not there."""
    with transaction.atomic():
        quarantined = IncomingMail.objects.filter(pk=mail_id, outcome=IncomingMail.Outcome.QUARANTINED)
        changed = quarantined.update(outcome=IncomingMail.Outcome.WAITING, reason="", attempts=0, processed_at=None)
        if changed:
            queue_reading(mail_id)
    return bool(changed)


def _store(raw: bytes, door: str, envelope_from: str, envelope_to: list[str]) -> Kept:
    # Two deliveries at once must not both be first: the unique fingerprint decides, in the database.
    # xmax is 0 in a row that this very statement inserted. A cursor of psycopg's own sends the bytes as
    # they are; Django's writes them into the statement, which takes several times their size.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            """
            INSERT INTO email_incomingmail AS kept (
                fingerprint, raw, size_bytes, received_at, door, envelope_from, envelope_to, message_id, sender,
                subject, copied_to, may_be_answered, outcome, reason, attempts
            ) VALUES (%s, %s, %s, %s, %s, %s, %s::varchar[], '', '', '', '{}', false, 'waiting', '', 0)
            ON CONFLICT (fingerprint) DO UPDATE SET envelope_to = (
                SELECT coalesce(array_agg(DISTINCT each ORDER BY each), '{}')
                FROM unnest(kept.envelope_to || excluded.envelope_to) AS each
            )
            RETURNING id, xmax = 0
            """,
            [_fingerprint(raw), raw, len(raw), now(), door, envelope_from, envelope_to],
        )
        row = cursor.fetchone()
    assert row is not None
    return Kept(*row)


def _fingerprint(raw: bytes) -> str:
    """Return what makes two deliveries the same message.

    Devices exist that send the same alarm again and again without Message-ID and Date: of theirs only
    what comes on the same day is the same, or the second alarm would be lost.
    """
    names = {name for name, _value in read_head(raw, 0, len(raw)).fields}
    if names & {"message-id", "date"}:
        return fingerprint(raw)
    return sha256(f"{fingerprint(raw)}:{now():%Y-%m-%d}".encode()).hexdigest()


def _address(text: str) -> str:
    """Return an envelope address in lower case, without brackets and without what PostgreSQL cannot keep."""
    sound = text.encode("utf-8", "replace").decode().replace("\x00", "")
    bare = "".join(sound.split()).lower()
    return bare if bare == NULL_SENDER else bare.strip("<>")[:ADDRESS_LENGTH]
