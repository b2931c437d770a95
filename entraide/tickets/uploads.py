"""Files that people upload: kept by content, their type read from the content, their name made safe."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from typing import Any

import puremagic
from django.core import signing
from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.core.files import store
from entraide.tickets.attachments import FileRef

LARGEST_FILE_BYTES = 50 * 1024 * 1024
UNKNOWN = "application/octet-stream"
# Control, direction and private characters, and what ends a line.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SALT = "entraide.api.upload"
USABLE_S = 24 * 3600


def keep_upload(upload: Any) -> FileRef:
    """Store an uploaded file (Django's UploadedFile) and return what an event keeps of it. Raises Refused if too large."""
    if (upload.size or 0) > LARGEST_FILE_BYTES:
        raise Refused(
            _("“%(name)s” is too large: at most %(mb)d MB.")
            % {"name": upload.name, "mb": LARGEST_FILE_BYTES // 1024**2},
            field="attachments",
        )
    head = upload.read(8192)
    upload.seek(0)
    name = safe_name(upload.name or "")
    kept = store(upload.chunks())
    return FileRef(kept.digest, name, sniffed(head, name), kept.size_bytes)


def token_of(file: FileRef, *, person_id: int) -> str:
    """Return a name for a kept file that this person may attach to a message, within a day."""
    return signing.dumps([person_id, file.digest, file.name, file.mime, file.size_bytes], salt=SALT)


def file_named(token: str, *, person_id: int) -> FileRef:
    """Return the file that a token names. Raises Refused for one that is not this person's, or too old."""
    try:
        owner_id, *kept = signing.loads(token, salt=SALT, max_age=USABLE_S)
    except (signing.BadSignature, ValueError) as error:
        raise Refused(_("This upload is not known, or too old: upload the file again."), field="attachments") from error
    if owner_id != person_id:
        raise Refused(_("This upload is somebody else's."), field="attachments")
    return FileRef(*kept)


def sniffed(head: bytes, name: str) -> str:
    """Return the media type that the first bytes show; the name decides only between harmless texts."""
    try:
        found: str = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found:
        return found
    guessed = mimetypes.guess_type(name)[0] or ""
    is_text = b"\x00" not in head
    return (
        guessed
        if is_text and guessed in ("text/plain", "text/csv", "text/calendar")
        else ("text/plain" if is_text and head else UNKNOWN)
    )


def safe_name(name: str) -> str:
    """Return a file name without folders, control or direction characters, of 200 characters at the most."""
    plain = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(each for each in plain if unicodedata.category(each) not in UNSEEN).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > 200:
        kept = f"{stem[: 199 - len(ending)]}{dot}{ending}" if dot and len(ending) < 20 else kept[:200]
    return kept or "file"
