"""HTML from outside, made safe to show; and text turned into HTML."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Mapping
from dataclasses import dataclass

import nh3

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "div",
    "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd",
    "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "ol": {"start", "type"},
    "*": {"dir", "lang"},
}
# Their content is not text for people.
SILENT = {"script", "style", "title", "head", "noscript", "template", "iframe", "object", "svg", "math"}
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+\Z")
LARGEST_DATA_IMAGE = 200_000
LARGEST_HTML = 2_000_000
DEEPEST = 200
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>")
_URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+[^\s<>\".,;:!?)\]}'»]")


@dataclass(frozen=True)
class SafeHtml:
    """Markup that may be shown, and how many remote images were held back in it."""

    html: str
    blocked_images: int


def safe_html(html: str, *, allow_remote_images: bool, cid_urls: Mapping[str, str]) -> SafeHtml:
    """Return `html` with nothing left that acts, hides or calls home.

    `cid_urls` maps a Content-ID (no brackets) to the address of the attachment. Remote images are
    shown only if `allow_remote_images`.
    """
    if len(html) > LARGEST_HTML or _depth(html) > DEEPEST:
        # Nobody reads this as a page; its words are kept.
        return SafeHtml(text_to_html(nh3.clean(html[:LARGEST_HTML], tags=set(), clean_content_tags=SILENT)), 0)
    blocked = 0

    def keep(tag: str, attribute: str, value: str) -> str | None:
        nonlocal blocked
        if tag == "img" and attribute == "src":
            source = value.strip()
            if source.lower().startswith("cid:"):
                return cid_urls.get(source[4:].strip("<>"))
            if source.lower().startswith("data:"):
                return source if len(source) <= LARGEST_DATA_IMAGE and _DATA_IMAGE.match(source) else None
            if source.lower().startswith(("http://", "https://")) and allow_remote_images:
                return source
            blocked += 1
            return None
        if attribute in ("width", "height"):
            return value if value.rstrip("%").isdigit() else None
        return value

    cleaned = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=SILENT,
        attributes=ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}, "img": {"loading": "lazy"}},
    )
    return SafeHtml(_without_data_links(cleaned), blocked)


def text_to_html(text: str) -> str:
    """Return plain text as paragraphs of HTML, with addresses made links."""
    paragraphs = re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))
    return "\n".join(f"<p>{_linked(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def _linked(text: str) -> str:
    pieces, at = [], 0
    for found in _URL.finditer(text):
        pieces.append(markup.escape(text[at : found.start()]))
        url = markup.escape(found.group())
        pieces.append(f'<a href="{url}" rel="noopener noreferrer nofollow" target="_blank">{url}</a>')
        at = found.end()
    pieces.append(markup.escape(text[at:]))
    return "".join(pieces).replace("\n", "<br>")


def _without_data_links(html: str) -> str:
    return re.sub(r'(<a\b[^>]*?)\shref="\s*(?:data|cid):[^"]*"', r"\1", html, flags=re.IGNORECASE)


def _depth(html: str) -> int:
    deepest = depth = 0
    for found in _TAG.finditer(html):
        if found.group(2).lower() in ("br", "img", "hr", "col", "meta", "link", "input"):
            continue
        depth = max(0, depth - 1) if found.group(1) else depth + 1
        deepest = max(deepest, depth)
    return deepest
