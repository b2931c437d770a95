"""What makes two deliveries the same message."""

from __future__ import annotations

import hashlib
import re

NAMES = (b"message-id", b"from", b"date", b"subject")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


def fingerprint(raw: bytes) -> str:
    """Return the SHA-256 (hex) of a message without the traces of its way: Message-ID, From, Date, Subject and body.

    Line endings do not count. Never raises.
    """
    end = _END_OF_HEAD.search(raw)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    digest = hashlib.sha256()
    values = _values(head)
    for name in NAMES:
        digest.update(name + b"\0" + values.get(name, b"") + b"\0")
    digest.update(body.replace(b"\r\n", b"\n").rstrip(b"\n"))
    return digest.hexdigest()


def _values(head: bytes) -> dict[bytes, bytes]:
    """Return the raw values of the named headers, unfolded; the first of a repeated one."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", head)
    values: dict[bytes, bytes] = {}
    for line in re.split(rb"\r?\n", unfolded):
        name, colon, value = line.partition(b":")
        if colon and (key := name.strip().lower()) in NAMES and key not in values:
            values[key] = b" ".join(value.split())
    return values
