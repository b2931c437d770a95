"""Files that come with a message: what an event keeps of them, and the rows that serve them, once they are scanned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entraide.core import scanning
from entraide.tickets.models import Attachment
from entraide.tickets.verdicts import ask_for


@dataclass(frozen=True)
class FileRef:
    """A stored file as an event knows it: its address in the file store, its name and type."""

    digest: str
    name: str
    mime: str
    size_bytes: int
    is_inline: bool = False
    content_id: str = ""


def keep_attachments(files: Sequence[FileRef], entry: Any) -> None:
    """Write one attachment row per file of an entry."""
    Attachment.objects.bulk_create(
        Attachment(
            organisation_id=entry.organisation_id,
            ticket_id=entry.ticket_id,
            entry=entry,
            digest=each.digest,
            name=each.name,
            mime=each.mime,
            size_bytes=each.size_bytes,
            is_inline=each.is_inline,
            content_id=each.content_id,
        )
        for each in files
    )
    if files and scanning.is_on():
        ask_for(each.digest for each in files)
