"""Mailboxes on the test's IMAP server: filled, looked into, and known to the desk."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from entraide.channels.email.models import Mailbox
from entraide.channels.email.secrets import conceal
from tests.mail_in.dovecot import PASSWORD, Dovecot


@contextmanager
def signed_in(server: Dovecot, user: str) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", server.port)
    client.authenticate("PLAIN", lambda _said: f"\0{user}\0{PASSWORD}".encode())
    client.select()
    yield client
    client.logout()


def put(server: Dovecot, user: str, *raws: bytes, folder: str = "INBOX", flags: str | None = None) -> None:
    with signed_in(server, user) as client:
        for raw in raws:
            client.append(folder, flags, None, raw)  # type: ignore[arg-type]


def flags_in(server: Dovecot, user: str, folder: str = "INBOX") -> list[str]:
    """Return the flags of each message in a folder."""
    with signed_in(server, user) as client:
        status, [count] = client.select(folder)
        assert status == "OK", f"there is no folder {folder}"
        if count == b"0":
            return []
        rows = client.fetch("1:*", "(FLAGS)")[1]
        return [row.decode() for row in rows if isinstance(row, bytes)]


def mailbox(server: Dovecot, user: str, **settings: Any) -> Mailbox:
    given = {"name": user, "address": user, "host": "127.0.0.1", "port": server.port, "security": "none"}
    return Mailbox.objects.create(**{**given, "username": user, "secret": conceal(PASSWORD), **settings})
