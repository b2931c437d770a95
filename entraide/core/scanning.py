"""Asking ClamAV about a content: clamd's INSTREAM, over its socket. Nothing is written where clamd would have to read it."""

from __future__ import annotations

import select
import socket
import struct
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

CHUNK_BYTES = 64 * 1024
CONNECT_S = 5.0
# clamd unpacks archives of archives: a large one keeps it busy for a while.
ANSWER_S = 120.0
ANSWER_AT_MOST = 4096
TOO_LONG = "size limit exceeded"


class ScannerAway(Exception):
    """Nobody answers, or not to the end: it is worth another attempt. The message says why."""


class CannotScan(Exception):
    """The scanner refuses this content, and will again; the message says why, in words for people."""


def is_on() -> bool:
    """Tell whether files are scanned at this desk."""
    return bool(settings.ENTRAIDE.clamd)


def scan(content: BinaryIO) -> str:
    """Return the name of what clamd finds in `content`, "" when it is clean. Raises ScannerAway, CannotScan."""
    said = _asked(b"zINSTREAM\0", content)
    if said.endswith(" OK"):
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND").partition(": ")[2] or said
    if TOO_LONG in said:
        raise CannotScan(_("it is larger than what the virus scanner takes (StreamMaxLength)"))
    raise CannotScan(said.removesuffix(" ERROR").removeprefix("stream: ")[:180])


def version() -> str:
    """Return what clamd says of itself: its version, that of its signatures, and their day. Raises ScannerAway."""
    return _asked(b"zVERSION\0", None)


def signed_at(said: str) -> datetime | None:
    """Return of which moment the signatures are, as a version says ("ClamAV 1.4.6/27500/Fri Nov 27 09:00:00 2026"), if it does."""
    with suppress(ValueError):
        return datetime.strptime(said.rpartition("/")[2].strip(), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return None


def _asked(command: bytes, content: BinaryIO | None) -> str:
    try:
        with _connected() as link:
            link.sendall(command)
            if content is not None:
                _send(content, link)
            return _answer(link)
    except OSError as error:
        raise ScannerAway(str(error.strerror or error)) from error


def _connected() -> socket.socket:
    host, port = settings.ENTRAIDE.clamd_place
    if port is None:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(CONNECT_S)
        link.connect(host)
    else:
        link = socket.create_connection((host, port), timeout=CONNECT_S)
    link.settimeout(ANSWER_S)
    return link


def _send(content: BinaryIO, link: socket.socket) -> None:
    """Send `content` piece by piece, until its end or until the scanner has heard enough."""
    # It says no to what is too long and hangs up: its word must be read before the line breaks under what is sent on.
    with suppress(BrokenPipeError, ConnectionResetError):
        while piece := content.read(CHUNK_BYTES):
            if select.select([link], [], [], 0)[0]:
                return
            link.sendall(struct.pack(">I", len(piece)) + piece)
        link.sendall(struct.pack(">I", 0))


def _answer(link: socket.socket) -> str:
    heard, until = b"", time.monotonic() + ANSWER_S
    while b"\0" not in heard and len(heard) < ANSWER_AT_MOST:
        if time.monotonic() > until:
            raise TimeoutError(f"no answer within {ANSWER_S:.0f} s")
        piece = link.recv(ANSWER_AT_MOST)
        if not piece:
            break
        heard += piece
    said = heard.partition(b"\0")[0].decode(errors="replace").strip()
    if b"\0" not in heard or not said:
        raise ConnectionError("it hung up before it had answered")
    return said
