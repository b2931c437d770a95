"""The mailboxes that the desk empties: one poll of one mailbox."""

from __future__ import annotations

import imaplib
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db import connection
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.utils import encode_folder

from entraide.channels.email.envelope import envelope_in
from entraide.channels.email.incoming import keep
from entraide.channels.email.models import Mailbox
from entraide.channels.email.oauth import NoToken, access_token
from entraide.channels.email.secrets import reveal
from entraide.core import crash
from entraide.core.clock import now
from entraide.core.secrets import SecretLost

log = logging.getLogger("entraide.mail")

TIMEOUT_S = 30
BATCH = 100
# A slow server's mailbox gets its turn again; meanwhile the others get theirs.
TURN_S = 60.0
MAILBOX_LOCK = 7_326_542
TRY_BAD_MESSAGE_AGAIN_S = 600.0
TROUBLE = (ImapToolsError, imaplib.IMAP4.error, OSError, SecretLost, NoToken)


@dataclass
class Memory:
    """What is remembered of a mailbox between two polls: which messages gave trouble, and until when to leave them."""

    bad_until: dict[int, float] = field(default_factory=dict)

    def is_bad(self, uid: int) -> bool:
        return self.bad_until.get(uid, 0.0) > time.monotonic()

    def mark_bad(self, uid: int) -> None:
        self.bad_until[uid] = time.monotonic() + TRY_BAD_MESSAGE_AGAIN_S


class Message:
    """A fetched message as its bytes: nothing of it is parsed here, so nothing in it can go wrong here."""

    def __init__(self, fetched: list[Any]) -> None:
        self.raw: bytes = next((item[1] for item in fetched if isinstance(item, tuple)), b"")


def poll(mailbox: Mailbox, *, memory: Memory | None = None, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Take in what is new in this mailbox; return whether all went well (else `last_error` says what did not).

    A message is marked or moved only after it was kept. Does nothing where another process polls the
    same mailbox. Raises the database's own errors.
    """
    with _alone(mailbox) as is_ours:
        if not is_ours:
            return True
        try:
            error = _empty(mailbox, memory or Memory(), is_stopping)
        except TROUBLE as trouble:
            log.warning("A mailbox could not be read.", extra={"mailbox": mailbox.name, "error": _sentence(trouble)})
            error = _sentence(trouble)
        Mailbox.objects.filter(pk=mailbox.pk).update(checked_at=now(), last_error=error[:1000])
        return not error


def _empty(mailbox: Mailbox, memory: Memory, is_stopping: Callable[[], bool]) -> str:
    """Take in all that is new; return what to tell of messages that could not be taken in, or ""."""
    with _connected(mailbox) as server:
        uids = [uid for uid in _new_uids(server, mailbox) if not memory.is_bad(uid)]
        errors = []
        until = time.monotonic() + TURN_S
        for number, uid in enumerate(uids, start=1):
            if is_stopping() or time.monotonic() > until:
                break
            # Until proved good: a server that hangs up over one message must not get it first again next time.
            memory.mark_bad(uid)
            if error := _take_in(server, mailbox, uid):
                errors.append(f"Message {uid}: {error}")
            else:
                del memory.bad_until[uid]
            if number % BATCH == 0 or number == len(uids):
                _remember(mailbox, uid)
        return " ".join(errors)


def _take_in(server: BaseMailBox, mailbox: Mailbox, uid: int) -> str:
    """Take in one message; return what went wrong, or ""."""
    try:
        message = next(iter(server.fetch(uid_list=[str(uid)], mark_seen=False)), None)
        if message is None:
            return ""  # somebody deleted it meanwhile
        raw: bytes = message.raw  # type: ignore[attr-defined]
        envelope = envelope_in(raw)
        recipients = (mailbox.address, *envelope.recipients)
        keep(raw, door="imap", envelope_from=envelope.sender, envelope_to=recipients)
        crash.reach("imap:kept")
        _put_away(server, mailbox, uid)
    except (DatabaseTrouble, imaplib.IMAP4.abort, OSError):
        raise
    except Exception as error:
        log.exception("A message of a mailbox could not be taken in.", extra={"mailbox": mailbox.name, "uid": uid})
        with suppress(imaplib.IMAP4.error):
            server.client.uid("STORE", str(uid), "-FLAGS", r"(\Seen)")  # so that it is found again
        return _sentence(error)
    return ""


def _new_uids(server: BaseMailBox, mailbox: Mailbox) -> list[int]:
    """Return what to take in: all that is there if messages are moved away, else what is unseen or new."""
    if mailbox.after == Mailbox.After.MOVE:
        return sorted(map(int, server.uids("UNDELETED", charset=None)))
    _name, [said] = server.client.response("UIDVALIDITY")
    validity = int(said) if said else 0
    if mailbox.uid_validity is None or mailbox.uid_validity != validity:
        # The first time, or the server numbered the folder anew: how far we were means nothing any more.
        all_uids = [int(uid) for uid in server.uids("ALL", charset=None)]
        mailbox.uid_validity, mailbox.last_uid = validity, max(all_uids, default=0)
        unseen = set(map(int, server.uids("UNSEEN UNDELETED", charset=None)))
        mailbox.save(update_fields=["uid_validity", "last_uid"])
        return sorted(unseen)
    unseen = set(map(int, server.uids("UNSEEN UNDELETED", charset=None)))
    newer = set(map(int, server.uids(f"UID {mailbox.last_uid + 1}:* UNDELETED", charset=None)))
    # `n:*` names the last message even where its number is smaller than n.
    return sorted(unseen | {uid for uid in newer if uid > mailbox.last_uid})


def _put_away(server: BaseMailBox, mailbox: Mailbox, uid: int) -> None:
    # Not imap_tools' own flag() and move(): they expunge what others have marked as deleted.
    client, number = server.client, str(uid)
    if mailbox.after == Mailbox.After.SEEN:
        _require(client.uid("STORE", number, "+FLAGS", r"(\Seen)"))
        return
    folder = encode_folder(mailbox.move_to)
    if "MOVE" in client.capabilities:
        _require(client.uid("MOVE", number, folder))  # type: ignore[arg-type]  # imaplib takes bytes here, too
        return
    _require(client.uid("COPY", number, folder))  # type: ignore[arg-type]
    _require(client.uid("STORE", number, "+FLAGS", r"(\Deleted \Seen)"))
    if "UIDPLUS" in client.capabilities:
        _require(client.uid("EXPUNGE", number))


def _require(answer: tuple[str, list[Any]]) -> None:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status} {data!r}")


def _remember(mailbox: Mailbox, uid: int) -> None:
    if mailbox.after == Mailbox.After.SEEN and uid > mailbox.last_uid:
        mailbox.last_uid = uid
        mailbox.save(update_fields=["last_uid"])


@contextmanager
def _connected(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    server = _server(mailbox)
    server.email_message_class = Message  # type: ignore[assignment]
    try:
        _sign_in(server, mailbox)
        if mailbox.after == Mailbox.After.MOVE and not server.folder.exists(mailbox.move_to):
            server.folder.create(mailbox.move_to)
        server.folder.set(mailbox.folder)
        yield server
    finally:
        with suppress(*TROUBLE):
            server.logout()


def _server(mailbox: Mailbox) -> BaseMailBox:
    # Given by hand: imaplib's own default checks neither the certificate nor the name.
    context = ssl.create_default_context()
    if mailbox.security == "tls":
        return MailBox(mailbox.host, mailbox.port, timeout=TIMEOUT_S, ssl_context=context)
    if mailbox.security == "starttls":
        return MailBoxStartTls(mailbox.host, mailbox.port, timeout=TIMEOUT_S, ssl_context=context)
    return MailBoxUnencrypted(mailbox.host, mailbox.port, timeout=TIMEOUT_S)


def _sign_in(server: BaseMailBox, mailbox: Mailbox) -> None:
    secret = reveal(mailbox.secret)
    if mailbox.uses_oauth:
        server.xoauth2(mailbox.username, access_token(secret), initial_folder=None)
    elif (mailbox.username + secret).isascii():
        server.login(mailbox.username, secret, initial_folder=None)
    else:
        server.login_utf8(mailbox.username, secret, initial_folder=None)
    # imaplib knows only what the server could do before somebody signed in: seldom MOVE.
    _status, said = server.client.capability()
    server.client.capabilities = tuple(said[-1].decode("ascii", "replace").upper().split())


@contextmanager
def _alone(mailbox: Mailbox) -> Iterator[bool]:
    """Hold the lock on this mailbox; yields False if another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [MAILBOX_LOCK, mailbox.pk])
        is_held = bool(cursor.fetchone()[0])
    try:
        yield is_held
    finally:
        if is_held:
            with suppress(DatabaseTrouble), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [MAILBOX_LOCK, mailbox.pk])


def _sentence(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said or type(error).__name__
