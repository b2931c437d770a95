"""The tree of MIME parts of a message, as offsets into its bytes: nothing is copied.

Not the standard library's parser: that one recurses without a limit, gives an attached message back in other
bytes than it came in, and needs several times the size of a large mail in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from entraide.channels.email.parsing.filenames import clean_filename
from entraide.channels.email.parsing.head import Head, read_head, text_of
from entraide.channels.email.parsing.parameters import parameters

DEEPEST = 40
MOST_PARTS = 1_000
MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,100}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
LIKE_A_BOUNDARY = re.compile(
    rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-[a-z-]+[ \t]*:)", re.MULTILINE | re.IGNORECASE
)
# What mailers wrote before they knew the type, by what they meant.
MEANT = {"text": "text/plain", "html": "text/html", "text/htm": "text/html", "application/x-html": "text/html"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its fields, what they say, and where in `raw` its body is."""

    raw: bytes
    fields: tuple[tuple[str, bytes], ...]
    mime: str
    parameters: dict[str, str]
    disposition: str  # "inline", "attachment" or ""
    filename: str
    start: int
    end: int
    children: tuple[Part, ...] = ()

    def value(self, name: str) -> str:
        """Return the first field `name` (lower case) as text, not decoded, or ""."""
        return next((text_of(value) for known, value in self.fields if known == name), "")

    @property
    def body(self) -> bytes:
        """The bytes of the body, still in their transfer encoding."""
        return self.raw[self.start : self.end]


@dataclass
class Notes:
    """What was repaired on the way, and how many more parts may be read."""

    problems: list[str] = field(default_factory=list)
    parts_left: int = MOST_PARTS

    def add(self, *problems: str) -> None:
        self.problems.extend(problem for problem in problems if problem not in self.problems)


def read_message(raw: bytes, notes: Notes) -> Part:
    """Return the tree of the whole message. Never raises; what had to be repaired is added to `notes`."""
    head = read_head(raw, 0, len(raw))
    notes.add(*head.problems)
    return _part(raw, head, len(raw), notes, default="text/plain", depth=0)


def _part(raw: bytes, head: Head, end: int, notes: Notes, *, default: str, depth: int) -> Part:
    declared, known = parameters(_first(head.fields, "content-type"))
    declared = MEANT.get(declared, declared)
    mime = declared if MIME.fullmatch(declared) else default
    if declared and mime != declared:
        notes.add("content-type-unreadable")
    disposition, also_known = parameters(_first(head.fields, "content-disposition"))
    filename = clean_filename(also_known.get("filename") or known.get("name") or "")
    children: tuple[Part, ...] = ()
    if mime.startswith("multipart/"):
        if depth >= DEEPEST:
            notes.add("nesting-too-deep")
            mime = "text/plain"
        else:
            children = tuple(_children(raw, head.end, end, mime, known.get("boundary", ""), notes, depth))
            if not children:
                notes.add("boundary-missing")
                mime = "text/plain"
    if disposition not in ("inline", ""):
        disposition = "attachment"  # RFC 2183: what is not known is an attachment
    return Part(raw, head.fields, mime, known, disposition, filename, head.end, end, children)


def _children(raw: bytes, start: int, end: int, mime: str, boundary: str, notes: Notes, depth: int) -> Iterable[Part]:
    segments, is_closed = _segments(raw, start, end, boundary.encode("utf-8", "replace")) if boundary else ([], False)
    if not segments:
        guess = LIKE_A_BOUNDARY.search(raw, start, end)
        if guess is None:
            return
        notes.add("boundary-wrong")
        segments, is_closed = _segments(raw, start, end, guess[1].removesuffix(b"--") or guess[1])
    if not is_closed:
        notes.add("boundary-end-missing")
    default = "message/rfc822" if mime == "multipart/digest" else "text/plain"
    for from_, to in segments:
        notes.parts_left -= 1
        if notes.parts_left < 0:
            notes.add("too-many-parts")
            rest = (
                ("content-type", b"application/octet-stream"),
                ("content-disposition", b'attachment; filename="rest.txt"'),
            )
            yield _part(raw, Head(rest, from_), end, notes, default=default, depth=depth + 1)
            return
        yield _part(raw, read_head(raw, from_, to), to, notes, default=default, depth=depth + 1)


def _segments(raw: bytes, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Return from where to where the parts between the delimiter lines go, and whether the last one was closed."""
    mark = b"--" + boundary
    segments: list[tuple[int, int]] = []
    opened_at: int | None = None
    is_closed = False
    position = start
    while (found := raw.find(mark, position, end)) >= 0:
        line_end = raw.find(b"\n", found, end)
        next_line = end if line_end < 0 else line_end + 1
        rest = raw[found + len(mark) : min(next_line, found + len(mark) + 200)].strip()
        position = found + len(mark)
        if (found > start and raw[found - 1 : found] != b"\n") or rest not in (b"", b"--"):
            continue
        if opened_at is not None:
            segments.append((opened_at, _without_line_end(raw, opened_at, found)))
        is_closed = rest == b"--"
        opened_at = None if is_closed else next_line
        position = next_line
        if len(segments) > MOST_PARTS:
            break
    if opened_at is not None and opened_at < end:
        segments.append((opened_at, end))
    return segments, is_closed


def _without_line_end(raw: bytes, start: int, end: int) -> int:
    if end > start and raw[end - 1 : end] == b"\n":
        end -= 1
        if end > start and raw[end - 1 : end] == b"\r":
            end -= 1
    return end


def _first(fields: tuple[tuple[str, bytes], ...], name: str) -> str:
    return next((text_of(value) for known, value in fields if known == name), "")
