"""Encoded words of RFC 2047 in header values, the malformed ones included."""

from __future__ import annotations

import binascii
import re

from entraide.channels.email.parsing.charsets import decode, sound

LONGEST = 65_536
# A word ends at `?=`; one that lost its end stops where the next begins. The repeat of the group is not possessive:
# the Python of Debian 12 (3.11.2) matches too much there; 3.11.7 does not.
WORD = re.compile(r"=\?([^?\s=]{1,80})\?([bBqQ])\?((?:(?!\?=|=\?[^=\s]).){0,4000})(?:\?=)?", re.DOTALL)
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
LINE_BREAKS = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")


def decoded(value: str) -> str:
    """Return `value` as a person reads it, on one line.

    Words that split a character between them, that hold spaces or that lost their end are understood.
    """
    value = value[:LONGEST]
    out: list[str] = []
    run: list[tuple[str, str]] = []
    run_charset = ""
    end = 0
    for match in WORD.finditer(value):
        between = value[end : match.start()]
        end = match.end()
        charset = match[1].split("*")[0].lower()
        if run and (between.strip() or charset != run_charset):
            out.append(decode(_bytes(run), run_charset)[0])
            run = []
            if between.strip():
                out.append(between)
        elif not run:
            out.append(between)
        run.append((match[2].lower(), match[3]))
        run_charset = charset
    if run:
        out.append(decode(_bytes(run), run_charset)[0])
    out.append(value[end:])
    return one_line("".join(out))


def one_line(text: str) -> str:
    """Return `text` without line breaks, control characters and runs of blanks."""
    return LINE_BREAKS.sub(" ", sound(text)).strip()


def _bytes(run: list[tuple[str, str]]) -> bytes:
    """Return the bytes of words that stand together; some cut even a group of four base64 letters in two."""
    out = b""
    letters = b""
    for encoding, payload in run:
        raw = payload.encode("utf-8", "replace")
        if encoding == "b":
            letters += NOT_BASE64.sub(b"", raw)
            if len(letters) % 4 == 0 or b"=" in raw:
                out, letters = out + _quads(letters), b""
        else:
            out, letters = out + _quads(letters) + binascii.a2b_qp(raw, header=True), b""
    return out + _quads(letters)


def _quads(letters: bytes) -> bytes:
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
