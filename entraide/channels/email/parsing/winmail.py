"""What Outlook packed into a winmail.dat (TNEF, [MS-OXTNEF]): the attached files and the body.

Not tnefparse: counts that the file merely claims keep that one busy for minutes. Here every step moves on in the data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from entraide.channels.email.parsing.charsets import decode, sound

SIGNATURE = 0x223E9F78
DEEPEST = 5
MOST_ATTRIBUTES = 20_000

BODY, ATTACH_DATA, ATTACH_TITLE, ATTACH_REND, ATTACHMENT, MAPI_PROPS, CODEPAGE = (
    0x800C, 0x800F, 0x8010, 0x9002, 0x9005, 0x9003, 0x9007,
)  # fmt: skip
PR_BODY, PR_RTF, PR_HTML, PR_INTERNET_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
PR_DISPLAY_NAME, PR_DATA, PR_FILENAME, PR_LONG_FILENAME, PR_MIME, PR_CONTENT_ID = (
    0x3001, 0x3701, 0x3704, 0x3707, 0x370E, 0x3712,
)  # fmt: skip
SHORT, UNICODE, STRING, OBJECT, BINARY, INTEGER = 0x0002, 0x001F, 0x001E, 0x000D, 0x0102, 0x0003
FIXED_BYTES = {SHORT: 4, 0x000B: 4, INTEGER: 4, 0x0004: 4, 0x000A: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
               0x0048: 16}  # fmt: skip
VARIABLE = (STRING, UNICODE, OBJECT, BINARY, 0x0000)
MULTI_VALUED = 0x1000
EMBEDDED_MESSAGE = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"


class Unreadable(ValueError):
    """The data is not TNEF, or is cut off."""


@dataclass
class PackedFile:
    """One attached file: its name as written, its type where it is said, its bytes."""

    filename: str = ""
    mime: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass
class Unpacked:
    """What was in it; `has_rtf` where the body is there only, or also, as compressed RTF."""

    text: str = ""
    html: str = ""
    has_rtf: bool = False
    files: list[PackedFile] = field(default_factory=list)


def unpack(data: bytes, *, depth: int = 0) -> Unpacked:
    """Return what `data` holds. Raises Unreadable."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        raise Unreadable("not TNEF")
    out = Unpacked()
    charset = "cp1252"
    for name, content in _attributes(data):
        if name == CODEPAGE and len(content) >= 4:
            charset = _charset(struct.unpack_from("<I", content)[0])
        elif name == BODY:
            out.text = out.text or _text(content, charset)
        elif name == MAPI_PROPS:
            _read_message(out, dict(_properties(content)), charset)
        elif name == ATTACH_REND:
            out.files.append(PackedFile())
        elif out.files and name == ATTACH_TITLE:
            out.files[-1].filename = out.files[-1].filename or _text(content, charset)
        elif out.files and name == ATTACH_DATA:
            out.files[-1].content = content
        elif out.files and name == ATTACHMENT:
            _read_file(out, dict(_properties(content)), charset, depth)
    return out


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(MOST_ATTRIBUTES):
        if position + 11 > len(data):
            return
        _level, name, _type, length = struct.unpack_from("<BHHI", data, position)
        yield name, data[position + 9 : position + 9 + length]
        position += 11 + length
    raise Unreadable("too many attributes")


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield number, type and first value of each property, as far as they can be read."""
    position = 4
    for _ in range(MOST_ATTRIBUTES):
        if position + 4 > len(data):
            return
        try:
            kind, number = struct.unpack_from("<HH", data, position)
            position += 4
            if number >= 0x8000:
                position = _after_name(data, position)
            count = 1
            if kind & MULTI_VALUED or kind in VARIABLE:
                count = struct.unpack_from("<I", data, position)[0]
                position += 4
            values, position = _values(data, position, kind & ~MULTI_VALUED, count)
        except (struct.error, Unreadable):
            return
        if values:
            yield number, (kind & ~MULTI_VALUED, values)


def _after_name(data: bytes, position: int) -> int:
    kind, length = struct.unpack_from("<II", data, position + 16)
    return position + 24 + (0 if kind == 0 else length + -length % 4)


def _values(data: bytes, position: int, kind: int, count: int) -> tuple[bytes, int]:
    """Return the first of `count` values and where they end."""
    if kind in FIXED_BYTES:
        size = FIXED_BYTES[kind]
        length = size * count if count == 1 or size > 4 or kind not in (SHORT, 0x000B) else 2 * count + 2 * count % 4
        return data[position : position + size], position + length
    if kind not in VARIABLE:
        raise Unreadable("unknown type")
    first = b""
    for number in range(count):
        length = struct.unpack_from("<I", data, position)[0]
        if number == 0:
            first = data[position + 4 : position + 4 + length]
        position += 4 + length + -length % 4
    return first, position


def _read_message(out: Unpacked, properties: dict[int, tuple[int, bytes]], charset: str) -> None:
    if PR_INTERNET_CODEPAGE in properties:
        code = properties[PR_INTERNET_CODEPAGE][1]
        charset = _charset(struct.unpack("<I", code)[0]) if len(code) == 4 else charset
    out.text = _value(properties, PR_BODY, charset) or out.text
    out.html = _value(properties, PR_HTML, charset) or out.html
    out.has_rtf = PR_RTF in properties


def _read_file(out: Unpacked, properties: dict[int, tuple[int, bytes]], charset: str, depth: int) -> None:
    file = out.files[-1]
    names = [_value(properties, number, charset) for number in (PR_LONG_FILENAME, PR_FILENAME, PR_DISPLAY_NAME)]
    file.filename = next((name for name in names[:2] if name), "") or file.filename or names[2]
    file.mime = _value(properties, PR_MIME, charset).lower()
    file.content_id = _value(properties, PR_CONTENT_ID, charset)
    kind, content = properties.get(PR_DATA, (BINARY, b""))
    if kind == OBJECT and content.startswith(EMBEDDED_MESSAGE) and depth < DEEPEST:
        inner = unpack(content[16:], depth=depth + 1)
        suffix, file.mime = (".html", "text/html") if inner.html else (".txt", "text/plain")
        file.content = (inner.html or inner.text).encode()
        if not file.content:
            suffix, file.mime, file.content = ".dat", "application/ms-tnef", content[16:]
        file.filename = (file.filename or "message") + suffix
        out.files.extend(inner.files)
    elif content:
        file.content = content[16:] if kind == OBJECT else content


def _value(properties: dict[int, tuple[int, bytes]], number: int, charset: str) -> str:
    kind, content = properties.get(number, (STRING, b""))
    return sound(content.decode("utf-16-le", "replace")).strip() if kind == UNICODE else _text(content, charset)


def _text(content: bytes, charset: str) -> str:
    return sound(decode(content.rstrip(b"\x00"), charset)[0]).strip()


def _charset(code: int) -> str:
    return {65001: "utf-8", 20127: "ascii", 20866: "koi8-r", 28591: "iso-8859-1", 28605: "iso-8859-15"}.get(
        code, f"cp{code}"
    )
