"""HTML of strangers made safe to show within our page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import nh3

from entraide.channels.email.parsing.balanced import (
    AMPERSAND,
    ANYWHERE,
    LINK_SCHEMES,
    PLAIN_ATTRIBUTES,
    RASTER,
    TAGS,
    Balancer,
)
from entraide.channels.email.parsing.text_to_html import REL, text_to_html

__all__ = ["SafeHtml", "safe_html", "text_to_html"]

ATTRIBUTES = {
    **{tag: set(ANYWHERE) for tag in TAGS},
    **{tag: set(names | ANYWHERE) for tag, names in PLAIN_ATTRIBUTES.items()},
    "a": {"href", "title", *ANYWHERE},
    "img": {"src", "data-src", "alt", "width", "height", "loading", "referrerpolicy"},
}
NEVER_TEXT = {
    "script",
    "style",
    "title",
    "template",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "textarea",
    "noscript",
}
REMOTE = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """HTML that may stand in our page, and how many remote images were kept back in `data-src`."""

    html: str
    blocked_images: int


def safe_html(html: str, *, allow_remote_images: bool, cid_urls: Mapping[str, str]) -> SafeHtml:
    """Return `html` with nothing in it that runs, loads, posts or looks like a part of our page. Never raises.

    `cid_urls` gives our address for each attached image by its Content-ID (without angle brackets). Remote images
    keep their address in `data-src` unless they are allowed. Linear in the length of `html`.
    """
    balancer = Balancer(allow_remote_images=allow_remote_images, cid_urls=cid_urls)
    rewritten = balancer.rewrite(html)
    ours = set(cid_urls.values())

    def kept(tag: str, attribute: str, value: str) -> str | None:
        lowered = value[:20].lower()
        match attribute:
            case "href":
                return value if lowered.startswith(LINK_SCHEMES) else None
            case "src":
                is_remote = allow_remote_images and lowered.startswith(REMOTE)
                return value if value in ours or is_remote or RASTER.fullmatch(value) else None
            case "data-src":
                return value if lowered.startswith(REMOTE) else None
            case _:
                return value

    safe = nh3.clean(
        rewritten,
        tags=set(TAGS),
        clean_content_tags=NEVER_TEXT,
        attributes=ATTRIBUTES,
        attribute_filter=kept,
        strip_comments=True,
        link_rel=REL,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "data"},
    )
    return SafeHtml(safe.replace(AMPERSAND, "&amp;"), balancer.blocked_images)
