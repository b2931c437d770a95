"""The transfer encodings undone, also where the mail was damaged on its way."""

from __future__ import annotations

import binascii
import re

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
NOT_BASE64 = bytes(set(range(256)) - set(ALPHABET + b"="))
BLANKS = (b" ", b"\t", b"\r", b"\n")
PADDING = re.compile(rb"=+")
SPACED = re.compile(rb"[A-Za-z0-9,.;:'!?] [A-Za-z0-9]")
SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
NOT_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")


def unwrapped(data: bytes, encoding: str, *, is_text: bool) -> tuple[bytes, str | None]:
    """Return the content of `data` and what was wrong: "base64-damaged", "quoted-printable-damaged",
    "encoding-wrong" (it was not encoded at all), "encoding-unknown" or None. Never raises.
    """
    words = encoding.lower().split()
    match words[0].strip("\"';") if words else "":
        case "base64":
            return _base64(data, is_text=is_text)
        case "quoted-printable":
            return _quoted_printable(data)
        case "x-uuencode" | "uuencode" | "x-uue":
            return _uuencoded(data)
        case "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit":
            return data, None
        case _:
            return data, "encoding-unknown"


def _base64(data: bytes, *, is_text: bool) -> tuple[bytes, str | None]:
    if is_text and len(SPACED.findall(data[:4000])) > data[:4000].count(b"\n") // 2 + 1:
        return data, "encoding-wrong"
    letters = data.translate(None, NOT_BASE64)
    is_damaged = len(data) - len(letters) != sum(data.count(blank) for blank in BLANKS)
    letters = letters.rstrip(b"=")
    if b"=" not in letters:
        return _quads(letters), "base64-damaged" if is_damaged or len(letters) % 4 == 1 else None
    # Some mailers encode piece by piece; the decoder would stop at the first padding.
    pieces = [piece for piece in PADDING.split(letters) if piece]
    is_damaged = is_damaged or any(len(piece) % 4 == 1 for piece in pieces)
    return b"".join(map(_quads, pieces)), "base64-damaged" if is_damaged else None


def _quads(letters: bytes) -> bytes:
    over = len(letters) % 4
    if over == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _quoted_printable(data: bytes) -> tuple[bytes, str | None]:
    data = SOFT_BREAK.sub(b"=", data)
    return binascii.a2b_qp(data), "quoted-printable-damaged" if NOT_QUOTED.search(data) else None


def _uuencoded(data: bytes) -> tuple[bytes, str | None]:
    out: list[bytes] = []
    is_damaged = False
    for line in data.splitlines():
        if not line or line.startswith(b"begin ") or line.strip() == b"end":
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Lines of some encoders are longer than they say: the length in the first character counts.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[: length + 1]))
            except binascii.Error:
                is_damaged = True
    return b"".join(out), "uuencode-damaged" if is_damaged else None
