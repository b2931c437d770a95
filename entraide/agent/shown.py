"""Timeline lines ready for the page: HTML made safe, quotes folded, files with their addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from entraide.agent.mentions import with_mentions
from entraide.channels.email.parsing.sanitise import safe_html, text_to_html
from entraide.tickets.models import Attachment, TicketEntry
from entraide.tickets.third_parties import key_of
from entraide.tickets.timeline import Line, lines_of


@dataclass(frozen=True)
class Shown:
    """A line and what the page needs of it. `mail_id` leads to the original."""

    line: Line
    html: str
    blocked_images: int
    files: tuple[tuple[Attachment, str], ...]
    mail_id: int | None
    # The key of the conversation with third parties to which it belongs.
    conversation: str = ""

    @property
    def is_message(self) -> bool:
        return bool(self.line.text or self.line.html or self.files or self.line.look == "handover")


def shown_lines(entries: Iterable[TicketEntry], *, allow_remote_images: bool) -> list[Shown]:
    """Return the entries for the page."""
    return [_shown(line, allow_remote_images) for line in lines_of(entries)]


def _shown(line: Line, allow_remote_images: bool) -> Shown:
    urls = [(each, reverse("agent:attachment", args=[each.pk, each.name])) for each in line.attachments]
    inline = {each.content_id: url for each, url in urls if each.content_id}
    html, blocked = _words(line, inline, allow_remote_images)
    html = with_mentions(html, getattr(line.event, "mentioned_words", ()))
    source = line.source.removeprefix("mail:")
    return Shown(
        line=line,
        html=html,
        blocked_images=blocked,
        files=tuple((each, url) for each, url in urls if not (line.html and each.is_inline and each.content_id)),
        conversation=key_of(line.entry) if line.look == "outside" else getattr(line.event, "conversation", ""),
        mail_id=int(source) if line.source.startswith("mail:") and source.isdecimal() else None,
    )


def _words(line: Line, inline: dict[str, str], allow_remote_images: bool) -> tuple[str, int]:
    event: Any = line.event
    if line.html:
        safe = safe_html(line.html, allow_remote_images=allow_remote_images, cid_urls=inline)
        return safe.html, safe.blocked_images
    if line.entry.kind == "handover_returned":
        return text_to_html(event.reason), 0
    return text_to_html(line.text), 0
