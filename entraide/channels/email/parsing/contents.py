"""What the parts of a message are to its reader: text, and attached files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from entraide.channels.email.parsing.charsets import decode, sound
from entraide.channels.email.parsing.filenames import clean_filename, filename_for
from entraide.channels.email.parsing.flowed import unflowed
from entraide.channels.email.parsing.head import read_head, text_of
from entraide.channels.email.parsing.html_text import html_to_text
from entraide.channels.email.parsing.parts import Notes, Part, read_message
from entraide.channels.email.parsing.smime import signed_content
from entraide.channels.email.parsing.text_to_html import text_to_html
from entraide.channels.email.parsing.transfer import unwrapped
from entraide.channels.email.parsing.winmail import Unreadable, unpack
from entraide.channels.email.parsing.words import decoded

Security = Literal["signed", "encrypted"]

TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
OTHER_RENDITIONS = ("text/x-amp-html", "text/watch-html")
META_CHARSET = re.compile(rb"""<meta[^>]{1,200}charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
PGP = re.compile(r"^-----BEGIN PGP (SIGNED )?MESSAGE-----\s*$", re.MULTILINE)
MOST_LAYERS = 3  # of S/MIME in S/MIME


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file; `size` in bytes. `inline`: shown within the text, not beside it."""

    filename: str
    mime: str
    size: int
    inline: bool
    content_id: str | None  # without angle brackets
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Stretch:
    """One stretch of the text, in one rendition or in two."""

    plain: str | None
    html: str | None


@dataclass
class Contents:
    """The text in its order, the files, and how the message is wrapped."""

    stretches: list[Stretch] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    security: Security | None = None

    @property
    def text(self) -> str:
        """Every word, the plain rendition preferred."""
        texts = (html_to_text(part.html or "") if part.plain is None else part.plain for part in self.stretches)
        return "\n".join(text.strip("\n") for text in texts if text.strip()).strip("\n")

    @property
    def html(self) -> str | None:
        """The whole as HTML, not sanitised, or None where no part is HTML."""
        if not any(part.html is not None for part in self.stretches):
            return None
        return "\n".join(text_to_html(part.plain or "") if part.html is None else part.html for part in self.stretches)


def read_contents(part: Part, notes: Notes, *, layer: int = 0) -> Contents:
    """Return the contents of `part` and all that is in it. Never raises; what was repaired is added to `notes`."""
    contents = Contents()
    _read(part, contents, notes, container="", layer=layer)
    return contents


def _read(part: Part, contents: Contents, notes: Notes, *, container: str, layer: int) -> None:
    if part.mime == "multipart/alternative":
        _read_alternatives(part, contents, notes, layer)
    elif part.mime == "multipart/signed":
        contents.security = contents.security or "signed"
        for number, child in enumerate(part.children):
            if number == 0:
                _read(child, contents, notes, container=part.mime, layer=layer)
            else:
                _attach(child, contents, notes, container=part.mime)
    elif part.mime == "multipart/encrypted":
        contents.security = "encrypted"
        for child in part.children:
            _attach(child, contents, notes, container=part.mime)
    elif part.children:
        for child in part.children:
            _read(child, contents, notes, container=part.mime, layer=layer)
    elif part.mime in PKCS7 or part.filename.lower().endswith(".p7m"):
        _read_pkcs7(part, contents, notes, layer)
    elif part.mime in TNEF or part.filename.lower() == "winmail.dat":
        _read_winmail(part, contents, notes)
    elif _is_text_to_read(part, contents):
        _read_text(part, contents, notes)
    elif container != "multipart/alternative" or part.mime not in OTHER_RENDITIONS:
        _attach(part, contents, notes, container=container)


def _read_alternatives(part: Part, contents: Contents, notes: Notes, layer: int) -> None:
    """Add the text once, as plain text and as HTML where both are there, and the files of all the renditions."""
    plain: list[str] = []
    html: str | None = None
    for child in part.children:
        version = Contents()
        _read(child, version, notes, container=part.mime, layer=layer)
        contents.attachments += version.attachments
        contents.security = contents.security or version.security
        if version.html is not None:
            html = version.html
        elif version.text.strip() and version.text not in plain:
            plain.append(version.text)
    text = "\n".join(plain) if plain else None
    if text is not None and html is not None and _is_poor(text, html):
        notes.add("plain-text-poor")
        text = None
    if text is not None or html is not None:
        contents.stretches.append(Stretch(text, html))


def _is_poor(text: str, html: str) -> bool:
    """Tell whether `text` only says that one should read the HTML."""
    words = len(text.split())
    return words < 60 and len(html_to_text(html).split()) > 20 + 4 * words


def _is_text_to_read(part: Part, contents: Contents) -> bool:
    if part.mime not in ("text/plain", "text/html", "text/enriched"):
        return False
    # Some programs mark the only text as an attachment, without a name.
    return not part.filename and (part.disposition != "attachment" or not contents.stretches)


def _read_text(part: Part, contents: Contents, notes: Notes) -> None:
    data = _content(part, notes)
    charset = part.parameters.get("charset")
    if part.mime == "text/html":
        meta = None if charset else META_CHARSET.search(data[:4096])
        text, problem = decode(data, meta[1].decode() if meta else charset)
        notes.add(*[problem] if problem else [])
        contents.stretches.append(Stretch(None, sound(text)))
        return
    text, problem = decode(data, charset)
    notes.add(*[problem] if problem else [])
    text = sound(text)
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflowed(text, del_sp=part.parameters.get("delsp", "").lower() == "yes")
    wrapped = PGP.search(text)
    if wrapped:
        contents.security = "signed" if wrapped[1] else "encrypted"
    contents.stretches.append(Stretch(text, None))


def _read_pkcs7(part: Part, contents: Contents, notes: Notes, layer: int) -> None:
    """Keep the wrapper as a file, and read what it wraps where that is only signed."""
    data = _content(part, notes)
    kind = part.parameters.get("smime-type", "").lower()
    inner = signed_content(data) if layer < MOST_LAYERS else None
    if inner is not None:
        contents.security = "signed"
        signed = read_contents(read_message(inner, notes), notes, layer=layer + 1)
        contents.stretches += signed.stretches
        contents.attachments += signed.attachments
        contents.security = signed.security or "signed"
    elif kind not in ("certs-only", "compressed-data"):
        contents.security = "signed" if kind == "signed-data" else "encrypted"
    _keep(part, data, contents, container="")


def _read_winmail(part: Part, contents: Contents, notes: Notes) -> None:
    data = _content(part, notes)
    try:
        unpacked = unpack(data)
    except Unreadable:
        notes.add("tnef-unreadable")
        _keep(part, data, contents, container="")
        return
    notes.add("tnef-unpacked")
    has_text = any((stretch.plain or stretch.html or "").strip() for stretch in contents.stretches)
    if not has_text and (unpacked.text or unpacked.html):
        contents.stretches.append(Stretch(unpacked.text or None, unpacked.html or None))
    elif not has_text and unpacked.has_rtf:
        notes.add("tnef-body-rtf")  # the words may stand only there: the file stays
        _keep(part, data, contents, container="")
    for file in unpacked.files:
        if file.content:
            filename = clean_filename(file.filename)
            mime = file.mime or "application/octet-stream"
            content_id = file.content_id.strip("<>") or None
            size = len(file.content)
            contents.attachments.append(
                Attachment(filename or filename_for(mime), mime, size, content_id is not None, content_id, file.content)
            )


def _attach(part: Part, contents: Contents, notes: Notes, *, container: str) -> None:
    if part.children:
        for child in part.children:
            _attach(child, contents, notes, container=container)
        return
    _keep(part, _content(part, notes), contents, container=container)


def _keep(part: Part, data: bytes, contents: Contents, *, container: str) -> None:
    content_id = sound(decoded(part.value("content-id"))).strip("<> ") or None
    filename = part.filename or _name_of_message(part, data) or filename_for(part.mime)
    is_inline = part.disposition == "inline" or (
        part.disposition == "" and content_id is not None and container == "multipart/related"
    )
    contents.attachments.append(Attachment(filename, part.mime, len(data), is_inline, content_id, data))


def _name_of_message(part: Part, data: bytes) -> str:
    if part.mime not in ("message/rfc822", "message/global"):
        return ""
    fields = read_head(data, 0, len(data)).fields
    subject = next((decoded(text_of(value)) for name, value in fields if name == "subject"), "")
    return clean_filename(subject.replace("/", "-").replace("\\", "-")[:80] + ".eml") if subject else ""


def _content(part: Part, notes: Notes) -> bytes:
    is_text = part.mime.startswith(("text/", "message/"))
    data, problem = unwrapped(part.body, part.value("content-transfer-encoding"), is_text=is_text)
    notes.add(*[problem] if problem else [])
    return data
