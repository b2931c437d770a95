"""The files of a message: kept in the file store, under the type that their bytes show."""

from __future__ import annotations

from collections.abc import Iterable

import puremagic

from entraide.channels.email.parsing.message import Attachment
from entraide.core.files import store_bytes
from entraide.tickets.attachments import FileRef

# Below this a few common letters at the start of a text pass for a format.
SURE = 0.4
ZIP = b"PK\x03\x04"
UNKNOWN = "application/octet-stream"
LOOK_AT_BYTES = 64 * 1024


def keep_files(files: Iterable[Attachment]) -> tuple[FileRef, ...]:
    """Store these files and return what an event keeps of them. Raises OSError when the disk refuses."""
    return tuple(_kept(each) for each in files)


def real_type(content: bytes, *, name: str, declared: str) -> str:
    """Return the media type that `content` shows; where it shows none, the declared one."""
    if declared == "text/plain" and b"\x00" not in content[:LOOK_AT_BYTES]:
        return declared  # whatever its first word, shown as text it does nothing
    shown = _shown(content, name)
    if not shown or declared in shown:
        return declared or UNKNOWN
    if content.startswith(ZIP) and not any(each.endswith("zip") for each in shown[:1]) and not _names_office(name):
        return "application/zip"
    return shown[0]


def _shown(content: bytes, name: str) -> list[str]:
    looked_at = content if len(content) <= 2 * LOOK_AT_BYTES else content[:LOOK_AT_BYTES] + content[-LOOK_AT_BYTES:]
    try:
        found = puremagic.magic_string(looked_at, name)
    except (puremagic.PureError, ValueError):
        return []
    return [each.mime_type for each in found if each.mime_type and each.byte_match and each.confidence >= SURE]


def _names_office(name: str) -> bool:
    # Office files are ZIP files, too; only the name tells one from a folder that somebody packed.
    return name.lower().endswith((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"))


def _kept(file: Attachment) -> FileRef:
    stored = store_bytes(file.content)
    mime = real_type(file.content, name=file.filename, declared=file.mime)
    return FileRef(
        digest=stored.digest,
        name=file.filename[:255],
        mime=mime[:127],
        size_bytes=stored.size_bytes,
        is_inline=file.inline,
        content_id=(file.content_id or "")[:255],
    )
