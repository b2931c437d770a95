"""Plain text as simple HTML."""

from __future__ import annotations

import re
from html import escape

LINK = re.compile(
    r"""\b(?:https?://[^\s<>"]{1,2000}|mailto:[^\s<>"]{3,320})|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}""",
    re.IGNORECASE,
)
AFTER_A_LINK = ".,;:!?'»”’*_"
REL = "noopener noreferrer nofollow"


def text_to_html(text: str) -> str:
    """Return `text` in paragraphs, escaped, its web and mail addresses made links."""
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return "\n".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def _lines(paragraph: str) -> str:
    out: list[str] = []
    position = 0
    for match in LINK.finditer(paragraph):
        address = match[0].rstrip(AFTER_A_LINK)
        if address.endswith(")") and address.count("(") < address.count(")"):
            address = address[:-1].rstrip(AFTER_A_LINK)
        out.append(escape(paragraph[position : match.start()]))
        position = match.start() + len(address)
        target = address if ":" in address else f"mailto:{address}"
        out.append(f'<a href="{escape(target)}" rel="{REL}" target="_blank">{escape(address)}</a>')
    out.append(escape(paragraph[position:]))
    return "".join(out).replace("\n", "<br>\n")
