"""HTML of a mail rewritten: only harmless elements and attributes, every one closed, nesting limited.

This keeps a page of unclosed tags from taking minutes and gigabytes in the sanitiser, and decides about images
and links. It is not the guard: nh3 is, and everything that comes from here goes through it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import urlsplit

from entraide.channels.email.parsing.html_tokens import VOID, Token, tokens

DEEPEST = 100
# Stands for & in texts until nh3 is done, which takes minutes for some megabytes of `&amp;`. Not a character of any text.
AMPERSAND = "\ufdd0"
TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
PLAIN_ATTRIBUTES = {
    "td": frozenset(("colspan", "rowspan", "align", "valign")),
    "th": frozenset(("colspan", "rowspan", "align", "valign")),
    "ol": frozenset(("start", "type", "reversed")),
    "col": frozenset(("span",)),
    "colgroup": frozenset(("span",)),
    "img": frozenset(("width", "height")),
}
ANYWHERE = frozenset(("dir", "lang"))
VALUE = re.compile(r"[a-zA-Z0-9-]{1,12}")
# An open element that a new one ends, as in `<li>one<li>two`, and what shelters it.
ENDED_BY = {
    "li": (frozenset(("li",)), frozenset(("ul", "ol"))),
    "dt": (frozenset(("dt", "dd")), frozenset(("dl",))),
    "dd": (frozenset(("dt", "dd")), frozenset(("dl",))),
    "td": (frozenset(("td", "th")), frozenset(("table", "tr"))),
    "th": (frozenset(("td", "th")), frozenset(("table", "tr"))),
    "tr": (frozenset(("tr",)), frozenset(("table",))),
    "tbody": (frozenset(("thead", "tbody", "tfoot", "caption")), frozenset(("table",))),
    "thead": (frozenset(("thead", "tbody", "tfoot", "caption")), frozenset(("table",))),
    "tfoot": (frozenset(("thead", "tbody", "tfoot", "caption")), frozenset(("table",))),
}
BLOCKS = frozenset(
    ["blockquote", "div", "dl", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul"]
)
DROPPED_BLOCKS = frozenset(["address", "article", "center", "fieldset", "footer", "form", "header", "main", "section"])
SHELTERS = frozenset(("table", "td", "th", "caption"))
ROWS_CONTEXT = frozenset(("table", "thead", "tbody", "tfoot", "colgroup"))
ROW_CONTEXT = ROWS_CONTEXT | {"tr"}
TABLE_ONLY = frozenset(["caption", "col", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th"])
TABLE_PARTS = TABLE_ONLY | {"table"}
LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
RASTER = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s%]+", re.IGNORECASE)
LONGEST_DATA_IMAGE = 300_000
LONGEST_URL = 4_000
HOST = re.compile(r"^(?:https?://)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?:[:/?#]\S*)?$", re.IGNORECASE)


class Balancer:
    """Rewrites one page; `blocked_images` then says how many remote images were kept back."""

    def __init__(self, *, allow_remote_images: bool, cid_urls: Mapping[str, str]) -> None:
        self.allow_remote_images = allow_remote_images
        self.cid_urls = {cid.strip("<>").lower(): url for cid, url in cid_urls.items()}
        self.blocked_images = 0
        self._out: list[str] = []
        self._open: list[str] = []
        self._link: tuple[int, str] | None = None  # where it was written, and to where it leads
        self._link_words: list[str] = []

    def rewrite(self, html: str) -> str:
        """Return `html` rewritten, with AMPERSAND for each & of its texts. Linear in its length."""
        for token in tokens(html.replace(AMPERSAND, "")):
            if token.kind == "text":
                self._text(unescape(token.source).replace(AMPERSAND, ""))
            elif token.name in TAGS:
                if token.kind == "start":
                    self._start(token)
                else:
                    self._end(token.name)
            elif token.name in DROPPED_BLOCKS:
                self._line_break()
        self._close_to(0)
        return "".join(self._out)

    def _text(self, text: str) -> None:
        if self._link is not None:
            self._link_words.append(text)
        if self._open and self._open[-1] in ROW_CONTEXT and not text.isspace():
            self._open_cell()
        self._out.append(escape(text.replace("&", AMPERSAND), quote=False))

    def _start(self, token: Token) -> None:
        name = token.name
        if name in TABLE_ONLY:
            if "table" not in self._open:
                return
        elif self._open and self._open[-1] in ROW_CONTEXT:
            self._open_cell()
        if name == "a":
            self._end("a")
        elif name in ENDED_BY:
            ended, shelters = ENDED_BY[name]
            self._close_last(ended, shelters)
        elif name in BLOCKS:
            self._close_last(frozenset(("p",)), SHELTERS)
        if name in ("td", "th") and self._open[-1] in ROWS_CONTEXT:
            self._push("tr")
        if name in VOID:
            written = self._image(token.attributes) if name == "img" else f"<{name}{self._plain(token)}>"
            self._out.append(written)
            return
        if len(self._open) >= DEEPEST:
            return
        self._open.append(name)
        link = self._target(token.attributes) if name == "a" else ""
        if name == "a":
            self._link, self._link_words = (len(self._out), link), []
        self._out.append(f"<{name}{self._plain(token)}>" if not link else f'<a href="{escape(link)}">')

    def _line_break(self) -> None:
        if self._out and not self._out[-1].endswith("<br>") and (not self._open or self._open[-1] not in ROW_CONTEXT):
            self._out.append("<br>")

    def _open_cell(self) -> None:
        """Begin a cell for what stands in a table outside of its cells, which browsers and nh3 take out slowly."""
        if self._open[-1] in ROWS_CONTEXT:
            self._push("tr")
        self._push("td")

    def _push(self, name: str) -> None:
        self._open.append(name)
        self._out.append(f"<{name}>")

    def _end(self, name: str) -> None:
        if name == "p" and "p" not in self._open:
            return
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position] == name:
                self._close_to(position)
                return
            if self._open[position] in SHELTERS and name not in TABLE_PARTS:
                return  # a stray end within a cell does not tear the table apart

    def _close_last(self, names: frozenset[str], shelters: frozenset[str]) -> None:
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position] in names:
                self._close_to(position)
                return
            if self._open[position] in shelters:
                return

    def _close_to(self, position: int) -> None:
        while len(self._open) > position:
            name = self._open.pop()
            if name == "a":
                self._finish_link()
            self._out.append(f"</{name}>")

    def _finish_link(self) -> None:
        """Let the reader see the address where the words of the link name another host."""
        if self._link is None:
            return
        position, target = self._link
        self._link = None
        words = INVISIBLE.sub("", "".join(self._link_words)[:500]).split()
        hosts = {_without_www(found[1].lower()) for word in words if (found := HOST.match(word))}
        if target and hosts - {_without_www(_host(target))}:
            self._out[position] = f'<a href="{escape(target)}" title="{escape(target)}">'

    def _target(self, attributes: dict[str, str]) -> str:
        href = _cleaned(attributes.get("href", ""))
        return href if href.lower().startswith(LINK_SCHEMES) and len(href) <= LONGEST_URL else ""

    def _image(self, attributes: dict[str, str]) -> str:
        alt = escape(attributes.get("alt", "")[:300])
        sizes = "".join(
            f' {name}="{size}"'
            for name in ("width", "height")
            if (size := attributes.get(name, "")).isascii() and size.isdigit()
        )
        source = _cleaned(attributes.get("src", ""))
        lowered = source[:10].lower()
        if lowered.startswith("cid:"):
            url = self.cid_urls.get(unescape(source[4:]).strip("<>").lower(), "")
            return f'<img src="{escape(url)}" alt="{alt}"{sizes}>' if url else _in_its_place(alt)
        if lowered.startswith("data:"):
            is_safe = len(source) <= LONGEST_DATA_IMAGE and RASTER.fullmatch(source) is not None
            return f'<img src="{escape(source)}" alt="{alt}"{sizes}>' if is_safe else _in_its_place(alt)
        if source.startswith("//"):
            source = "https:" + source
        if not source.lower().startswith(("http://", "https://")) or len(source) > LONGEST_URL:
            return _in_its_place(alt)
        if self.allow_remote_images:
            return f'<img src="{escape(source)}" alt="{alt}"{sizes} loading="lazy" referrerpolicy="no-referrer">'
        self.blocked_images += 1
        return f'<img data-src="{escape(source)}" alt="{alt}"{sizes}>'

    def _plain(self, token: Token) -> str:
        allowed = PLAIN_ATTRIBUTES.get(token.name, frozenset()) | ANYWHERE
        return "".join(
            f' {name}="{value}"'
            for name, value in (token.attributes.items() if token.source else ())
            if name in allowed and VALUE.fullmatch(value)
        )


def _cleaned(url: str) -> str:
    # Browsers overlook blanks and line breaks within an address: `java\nscript:`.
    url = url.strip()
    return re.sub(r"[\x00-\x1f\x7f]+", "", url) if not url[:5].lower().startswith("data:") else url


def _in_its_place(alt: str) -> str:
    return f"[{alt}]" if alt.strip() else ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return "?"


def _without_www(host: str) -> str:
    return host.removeprefix("www.")
