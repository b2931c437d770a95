"""The mail inside an opaque S/MIME signature (CMS SignedData, RFC 5652), which anybody may read."""

from __future__ import annotations

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
DATA = bytes.fromhex("2a864886f70d010701")
SEQUENCE, OID, OCTETS, OCTETS_IN_PIECES, EXPLICIT_0, INTEGER, SET = 0x30, 0x06, 0x04, 0x24, 0xA0, 0x02, 0x31
DEEPEST = 12
MOST_PIECES = 1_000_000


def signed_content(der: bytes) -> bytes | None:
    """Return the signed bytes, not verified, or None where `der` (BER is understood too) holds none. Never raises."""
    try:
        position = _inside(der, 0, SEQUENCE)
        position, oid = _simple(der, position, OID)
        if oid != SIGNED_DATA:
            return None
        position = _inside(der, _inside(der, position, EXPLICIT_0), SEQUENCE)
        position, _ = _simple(der, position, INTEGER)
        position = _after(der, position, SET)
        position, oid = _simple(der, _inside(der, position, SEQUENCE), OID)
        if oid != DATA:
            return None
        pieces: list[bytes] = []
        _gather(der, _inside(der, position, EXPLICIT_0), pieces, depth=0)
        return b"".join(pieces)
    except (IndexError, _NotThat):
        return None


class _NotThat(ValueError):
    """Something else stands there."""


def _header(der: bytes, position: int) -> tuple[int, int, int | None]:
    """Return tag, where the value starts, and its length, None where it goes on to an end mark."""
    tag, first = der[position], der[position + 1]
    position += 2
    if first < 0x80:
        return tag, position, first
    size = first & 0x7F
    if size == 0:
        return tag, position, None
    if size > 5:
        raise _NotThat
    return tag, position + size, int.from_bytes(der[position : position + size], "big")


def _inside(der: bytes, position: int, tag: int) -> int:
    found, start, _ = _header(der, position)
    if found != tag:
        raise _NotThat
    return start


def _simple(der: bytes, position: int, tag: int) -> tuple[int, bytes]:
    found, start, length = _header(der, position)
    if found != tag or length is None:
        raise _NotThat
    return start + length, der[start : start + length]


def _after(der: bytes, position: int, tag: int, depth: int = 0) -> int:
    """Return where the value at `position` ends."""
    found, start, length = _header(der, position)
    if (tag and found != tag) or depth > DEEPEST:
        raise _NotThat
    if length is not None:
        return start + length
    position = start
    while der[position : position + 2] != b"\x00\x00":
        position = _after(der, position, 0, depth + 1)
    return position + 2


def _gather(der: bytes, position: int, pieces: list[bytes], depth: int) -> int:
    """Add the octets of the string at `position`, in pieces or whole; return where it ends."""
    tag, start, length = _header(der, position)
    if tag == OCTETS and length is not None:
        pieces.append(der[start : start + length])
        return start + length
    if tag != OCTETS_IN_PIECES or depth > DEEPEST:
        raise _NotThat
    end = len(der) if length is None else start + length
    position = start
    while position < end and der[position : position + 2] != b"\x00\x00" and len(pieces) < MOST_PIECES:
        position = _gather(der, position, pieces, depth + 1)
    return position + 2 if length is None else position
