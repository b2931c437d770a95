"""What makes two deliveries the same message."""

from __future__ import annotations

from hashlib import sha256

from entraide.channels.email.parsing.head import read_head

# What its sender wrote. All else may be added, changed or folded anew on the way.
FIELDS = ("message-id", "from", "date", "subject")


def fingerprint(raw: bytes) -> str:
    """Return the same 64 hexadecimal digits for each delivery of the same message. Never raises, linear.

    Traces of the way (Received, Return-Path, X-…, signatures), line endings and blank lines at the end of the body
    do not count.
    """
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head = read_head(raw, 0, len(raw))
    digest = sha256()
    for wanted in FIELDS:
        for name, value in head.fields:
            if name == wanted:
                digest.update(wanted.encode() + b":" + b"".join(value.split()) + b"\n")
    start, end = head.end, len(raw)
    while start < end and raw[start] in b"\n":
        start += 1
    while end > start and raw[end - 1] in b"\n":
        end -= 1
    digest.update(b"\n")
    digest.update(memoryview(raw)[start:end])
    return digest.hexdigest()
