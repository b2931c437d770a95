"""A raw mail read: who wrote what to whom, whatever its bytes are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from entraide.channels.email.parsing.addresses import Address, addresses
from entraide.channels.email.parsing.charsets import guess, sound
from entraide.channels.email.parsing.contents import Attachment, Contents, Security, read_contents
from entraide.channels.email.parsing.head import text_of
from entraide.channels.email.parsing.parts import Notes, Part, read_message
from entraide.channels.email.parsing.words import decoded

__all__ = ["Address", "Attachment", "ParsedMail", "Security", "parse"]

LONGEST_SUBJECT = 998
LONGEST_HEADER = 4_000
MOST_HEADERS = 500
MOST_REFERENCES = 200
MESSAGE_ID = re.compile(r"<([^<>]{1,990})>")
CID = re.compile(r"""cid:([^"'\s>)]{1,300})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail, decoded. No text in it holds a NUL, no header value a line break.

    `headers` are all fields in their order: name in lower case, decoded value. `problems` are short words for
    what had to be repaired, such as "charset-missing". `body_html` is what was sent, not safe to show.
    """

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    body_text: str
    body_html: str | None
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]
    mime: str
    report_type: str
    security: Security | None
    problems: tuple[str, ...]

    def header(self, name: str) -> str:
        """Return the first value of the field `name` (lower case), or ""."""
        return next((value for known, value in self.headers if known == name), "")

    def all_headers(self, name: str) -> tuple[str, ...]:
        """Return every value of the field `name` (lower case)."""
        return tuple(value for known, value in self.headers if known == name)

    @property
    def auto_submitted(self) -> str:
        """The keyword of Auto-Submitted (RFC 3834) in lower case: "no", "auto-replied" …, or ""."""
        return re.split(r"[;\s(]", self.header("auto-submitted").lower(), maxsplit=1)[0]

    @property
    def precedence(self) -> str:
        """Precedence in lower case, or ""."""
        return self.header("precedence").lower()

    @property
    def list_id(self) -> str:
        """List-Id as written, or ""."""
        return self.header("list-id")

    @property
    def return_path(self) -> str | None:
        """The address of Return-Path, "" for the null sender, None where there is none."""
        values = self.all_headers("return-path")
        if not values:
            return None
        found = addresses(values[0])
        return found[0].email if found else ""


def parse(raw: bytes) -> ParsedMail:
    """Return what `raw` says. Never raises, whatever the bytes."""
    if b"\n" not in raw[:100_000] and b"\r" in raw[:100_000]:
        raw = raw.replace(b"\r", b"\n")
    notes = Notes()
    try:
        root = read_message(raw, notes)
        contents = read_contents(root, notes)
        return _mail(root, contents, notes)
    except Exception:
        # A mistake of this package must not cost a message: it is shown as it came, and marked.
        notes.add("unreadable")
        text = sound(guess(raw[:1_000_000]))
        return _mail(_empty(raw), Contents(), notes, body_text=text)


def _empty(raw: bytes) -> Part:
    return Part(raw, (), "text/plain", {}, "", "", 0, 0)


def _mail(root: Part, contents: Contents, notes: Notes, *, body_text: str | None = None) -> ParsedMail:
    if len(root.fields) > MOST_HEADERS:
        notes.add("too-many-headers")
    raw_headers = tuple((name, text_of(value)) for name, value in root.fields)
    html = contents.html
    sender = _sender(raw_headers, notes)
    return ParsedMail(
        message_id=next(iter(_message_ids(raw_headers, "message-id")), None),
        in_reply_to=_message_ids(raw_headers, "in-reply-to"),
        references=_message_ids(raw_headers, "references")[-MOST_REFERENCES:],
        subject=next((decoded(value) for name, value in raw_headers if name == "subject"), "")[
            :LONGEST_SUBJECT
        ].strip(),
        sender=sender,
        reply_to=_addresses(raw_headers, "reply-to"),
        to=_addresses(raw_headers, "to"),
        cc=_addresses(raw_headers, "cc"),
        date=_date(raw_headers, notes),
        body_text=contents.text if body_text is None else body_text,
        body_html=html,
        attachments=_with_inline_marks(contents.attachments, html),
        headers=tuple((name, decoded(value[:LONGEST_HEADER])) for name, value in raw_headers[:MOST_HEADERS]),
        mime=root.mime,
        report_type=root.parameters.get("report-type", "").lower(),
        security=contents.security,
        problems=tuple(notes.problems),
    )


def _message_ids(headers: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    """Return the ids of all fields `name` in their order, in angle brackets, without blanks, none twice."""
    found: dict[str, None] = {}
    for known, value in headers:
        if known != name:
            continue
        ids = MESSAGE_ID.findall(sound(value)) or [word for word in sound(value).split() if "@" in word]
        if not ids and name == "message-id":
            ids = [sound(value)]
        for text in ids:
            bare = "".join(text.split()).strip("<>,;")[:990]
            if bare:
                found[f"<{bare}>"] = None
    return tuple(found)


def _addresses(headers: Iterable[tuple[str, str]], name: str) -> tuple[Address, ...]:
    found = {address.email: address for known, value in headers if known == name for address in addresses(value)}
    return tuple(found.values())


def _sender(headers: tuple[tuple[str, str], ...], notes: Notes) -> Address | None:
    for name in ("from", "sender", "reply-to", "return-path"):
        found = _addresses(headers, name)
        if found:
            if name != "from":
                notes.add("from-missing")
            return found[0]
    notes.add("from-missing")
    return None


def _date(headers: Iterable[tuple[str, str]], notes: Notes) -> datetime | None:
    """Return the instant of Date, aware, None where it is missing or cannot be."""
    value = next((value for name, value in headers if name == "date"), None)
    if value is None:
        notes.add("date-missing")
        return None
    try:
        date = parsedate_to_datetime(sound(value)[:100])
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
        if 1980 <= date.year <= 2200:
            return date
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    notes.add("date-unreadable")
    return None


def _with_inline_marks(attachments: list[Attachment], html: str | None) -> tuple[Attachment, ...]:
    """Return the files; one that the HTML shows is inline, whatever its disposition says."""
    shown = {cid.strip("<>") for cid in CID.findall(html)} if html else set()
    return tuple(
        replace(file, inline=True) if not file.inline and file.content_id in shown else file for file in attachments
    )
