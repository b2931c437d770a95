"""The header block of a message or of one of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from entraide.channels.email.parsing.charsets import guess

LONGEST_HEAD_BYTES = 1_048_576
LONGEST_VALUE_BYTES = 131_072
BREAKS = re.compile(rb"[\r\n]{1,20}")
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
KNOWN = re.compile(
    rb"(from|to|cc|bcc|sender|subject|date|message-id|in-reply-to|references|reply-to|return-path|received|"
    rb"delivered-to|mime-version|content-[a-z-]+|auto-submitted|precedence|list-[a-z-]+|x-[\w-]+|arc-[\w-]+|"
    rb"dkim-signature|authentication-results|thread-[a-z]+|importance|user-agent|resent-[a-z-]+)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Head:
    """Fields in their order, names in lower case, values unfolded but not decoded; `end` is where the body starts."""

    fields: tuple[tuple[str, bytes], ...]
    end: int
    problems: tuple[str, ...] = ()


def read_head(raw: bytes, start: int, end: int) -> Head:
    """Return the header block that begins at `start`, which may be empty. Never raises."""
    fields: list[tuple[bytes, list[bytes]]] = []
    problems: list[str] = []
    position = _after_mbox_line(raw, start, end)
    limit = min(end, position + LONGEST_HEAD_BYTES)
    while position < end:
        if position >= limit:
            problems.append("headers-too-long")
            break
        line_end = raw.find(b"\n", position, end)
        next_line = end if line_end < 0 else line_end + 1
        line = raw[position : min(next_line, position + LONGEST_VALUE_BYTES)].rstrip(b"\r\n")
        field = FIELD.match(line)
        if not line.strip():
            if line and _is_field(raw, next_line, end):
                position = next_line  # a folded line of blanks only, within the block
                continue
            position = next_line
            break
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif field is not None:
            fields.append((field[1], [line[field.end() :]]))
        elif fields and _is_field(raw, next_line, end):
            problems.append("header-unreadable")
        else:
            problems.append("header-end-missing")
            break
        position = next_line
    if not any(KNOWN.match(name) for name, _ in fields):
        # A text whose first line holds a colon is not a header block.
        return Head((), start if fields else position, ("headers-missing",))
    return Head(
        tuple((name.decode("ascii").lower(), _unfolded(lines)) for name, lines in fields), position, tuple(problems)
    )


def text_of(value: bytes) -> str:
    """Return the text of a raw value: ASCII, or 8-bit that should not be there."""
    return value.decode("ascii") if value.isascii() else guess(value)


def _after_mbox_line(raw: bytes, start: int, end: int) -> int:
    if raw[start : start + 3] == b"\xef\xbb\xbf":
        start += 3
    first = BREAKS.match(raw, start, end)
    if first is not None and _is_field(raw, first.end(), end):
        start = first.end()
    if raw.startswith((b"From ", b">From "), start, end):
        line_end = raw.find(b"\n", start, min(end, start + 1000))
        return start if line_end < 0 else line_end + 1
    return start


def _is_field(raw: bytes, position: int, end: int) -> bool:
    field = FIELD.match(raw[position : min(end, position + 202)])
    return field is not None and KNOWN.match(field[1]) is not None


def _unfolded(lines: Iterable[bytes]) -> bytes:
    return b"".join(lines)[:LONGEST_VALUE_BYTES].strip()
