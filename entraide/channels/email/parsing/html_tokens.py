"""HTML cut into tags and text in linear time, whatever was sent.

Not html.parser: an unclosed comment or tag, repeated, makes it quadratic, and a mail may hold megabytes of them.
Where browsers would swallow the rest of the page (an unclosed comment, quote or style), the words stay here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Literal, NamedTuple

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# What stands in them is not text for the reader.
NOT_TEXT = frozenset(("script", "style", "title", "xml"))

# Not possessive as a whole, as in words.py.
TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/><]{0,60})((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*)>""")
SIMPLE_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/><]{0,60})([^<>]*+)>")
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"']*+)))?""")
CLOSES = {name: re.compile(rf"</{name}(?=[\s>/])[^>]*>", re.IGNORECASE) for name in NOT_TEXT}
UNCLOSED_ALLOWED = 20


class Token(NamedTuple):
    """A start tag, an end tag or a stretch of text (`name` is empty), and where in the page it stands."""

    kind: Literal["start", "end", "text"]
    name: str
    source: str  # of a text: as written, entities included; of a tag: its attributes
    start: int
    end: int

    @property
    def attributes(self) -> dict[str, str]:
        """Attribute values by lower-case name, entities resolved; the first of a name counts."""
        found: dict[str, str] = {}
        for match in ATTRIBUTE.finditer(self.source):
            found.setdefault(match[1].lower(), unescape(match[2] or match[3] or match[4] or ""))
        return found


def tokens(html: str) -> Iterator[Token]:
    """Yield the tags and texts of `html` in order; comments, declarations, scripts and styles are left out."""
    position = text_from = 0
    unclosed = 0
    never_closed: set[str] = set()
    while (position := html.find("<", position)) >= 0:
        found = _comment_end(html, position, never_closed)
        name = closing = attributes = ""
        if found is None:
            pattern = TAG if unclosed < UNCLOSED_ALLOWED else SIMPLE_TAG
            tag = pattern.match(html, position)
            if tag is None and pattern is TAG:
                # A quote that is never closed. The search for its end went through the whole page: not often.
                unclosed += html[position + 1 : position + 3].lstrip("/")[:1].isalpha()
                tag = SIMPLE_TAG.match(html, position)
            if tag is None:
                position += 1
                continue
            closing, name, attributes = tag.groups()
            name, found = name.lower(), tag.end()
        if text_from < position:
            yield Token("text", "", html[text_from:position], text_from, position)
        if name in NOT_TEXT:
            found = _skipped(html, name, found, never_closed) if not closing else found
        elif name:
            yield Token("end" if closing else "start", name, attributes, position, found)
        position = text_from = found
    if text_from < len(html):
        yield Token("text", "", html[text_from:], text_from, len(html))


def _comment_end(html: str, position: int, never_closed: set[str]) -> int | None:
    """Return where the comment, declaration or instruction at `position` ends, None where there is none."""
    if not html.startswith(("<!", "<?"), position):
        return None
    if html.startswith("<!--", position):
        end = -1 if "--" in never_closed else html.find("-->", position + 2)
        if end >= 0:
            return end + 3
        never_closed.add("--")
        return position + 4
    if ">" in never_closed:
        return None
    end = html.find(">", position)
    if end < 0:
        never_closed.add(">")
        return None
    return end + 1


def _skipped(html: str, name: str, position: int, never_closed: set[str]) -> int:
    if name in never_closed:
        return position
    close = CLOSES[name].search(html, position)
    if close is None:
        never_closed.add(name)
        return position
    return close.end()
