"""The same for HTML: where mail programs put what they quote, in elements that tell."""

from __future__ import annotations

import re
from html import unescape

from entraide.channels.email.parsing.html_text import html_to_text
from entraide.channels.email.parsing.html_tokens import VOID, Token, tokens
from entraide.channels.email.parsing.quote_openings import FORWARD, LABEL, OURS, answers_stand_within

# Outlook on the web writes `x_` before the names it finds; Yahoo writes its own letters before them.
QUOTE_CLASSES = re.compile(
    r"(?:^|[\s_]|\bydp\w{0,20}?)(?:gmail_quote|gmail_quote_container|yahoo_quoted|protonmail_quote|tutanota_quote|moz-cite-prefix|zmail_extra)(?:$|\s)"
)
SIGNATURE_CLASSES = re.compile(r"(?:^|[\s_])(?:moz-signature|gmail_signature)(?:$|\s)")
# What follows these until the end is quoted; the others hold it.
OPENS_THE_REST = re.compile(
    r"^(?:x_)*(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|ms-outlook-mobile-reference)$",
    re.IGNORECASE,
)
BORDER_TOP = re.compile(r"border-top\s*:\s*solid\s+(?:#[0-9a-f]{3,6}|windowtext)", re.IGNORECASE)
MOST_BORDERS = 50
REPLY_LINE = "data-entraide-reply-line"
NOTHING = re.compile("[\\s\u00a0\u00ad\u200b-\u200f\u2060\ufeff]+")


def split_reply_html(html: str) -> tuple[str, str | None]:
    """Return what is new in `html` and what it quotes, (html, None) where nothing is surely a quote.

    Both parts together hold everything; neither is sanitised. Linear in the length.
    """
    page = list(tokens(html))
    borders = 0
    for number, token in enumerate(page):
        if token.kind == "text" and "##-" in token.source and OURS.match(unescape(token.source).strip()):
            return _cut(html, page, _block_around(page, number), len(page))
        if token.kind != "start":
            continue
        kind = _kind(token)
        if kind == "container":
            end = _end_of_quote(page, number)
            return (html, None) if end is None else _cut(html, page, number, end)
        borders += kind == "border"
        if kind == "rest" or (kind == "border" and borders <= MOST_BORDERS and _starts_with_label(html, token)):
            return _cut(html, page, number, len(page))
    return html, None


def _kind(token: Token) -> str:
    if not token.source:
        return ""
    attributes = token.attributes
    if QUOTE_CLASSES.search(attributes.get("class", "")):
        return "container"
    if token.name == "blockquote" and attributes.get("type", "").lower() == "cite":
        return "container"
    if token.name == "div" and attributes.get("name", "").lower() == "quote":
        return "container"
    if REPLY_LINE in attributes or OPENS_THE_REST.match(attributes.get("id", "")):
        return "rest"
    return "border" if token.name == "div" and BORDER_TOP.search(attributes.get("style", "")) else ""


def _end_of_quote(page: list[Token], start: int) -> int | None:
    """Return the token behind the quote that starts there, None where answers stand in it or behind it."""
    end = _end_of(page, start)
    number = end
    while number < len(page):
        token = page[number]
        if token.kind == "start" and _kind(token) == "container":
            number = end = _end_of(page, number)
        elif token.kind == "start" and SIGNATURE_CLASSES.search(token.attributes.get("class", "")):
            number = _end_of(page, number)
        elif _says_something(token):
            return None
        else:
            number += 1
    return None if _is_answered_within(page, start, end) else end


def _end_of(page: list[Token], start: int) -> int:
    """Return the token behind the end of the element that starts there."""
    name, depth = page[start].name, 0
    for number in range(start, len(page)):
        token = page[number]
        if token.name == name:
            depth += 1 if token.kind == "start" else -1
            if depth == 0:
                return number + 1
    return len(page)


def _is_answered_within(page: list[Token], start: int, end: int) -> bool:
    """Tell whether words stand between the blockquotes of the quote: Gmail parts it around an answer."""
    depth = 0
    was_closed = False
    for token in page[start:end]:
        if token.name == "blockquote":
            depth = max(0, depth + (1 if token.kind == "start" else -1))
            was_closed = was_closed or depth == 0
        elif was_closed and depth == 0 and _says_something(token):
            return True
    return False


def _starts_with_label(html: str, token: Token) -> bool:
    text = html_to_text(html[token.start : token.start + 5000])
    return LABEL.match(text.lstrip().split("\n")[0]) is not None


def _block_around(page: list[Token], number: int) -> int:
    """Return the start of the element that holds only this text, or the text itself."""
    while number > 0 and page[number - 1].kind == "start" and page[number - 1].name in ("div", "p", "span", "font"):
        number -= 1
    return number


def _says_something(token: Token) -> bool:
    if token.kind == "text":
        return bool(NOTHING.sub("", unescape(token.source)))
    return token.kind == "start" and token.name == "img"


def _cut(html: str, page: list[Token], start: int, end: int) -> tuple[str, str | None]:
    at = page[start].start
    above = html[:at]
    if not any(_says_something(token) for token in page[:start]):
        return html, None
    words = html_to_text(above)
    quoted = html[at : page[end - 1].end]
    first_words = html_to_text(quoted[:3000]).lstrip().split("\n")[0].removeprefix("> ")
    if answers_stand_within(words) or any(map(FORWARD.match, [first_words, *words.split("\n")[-3:]])):
        return html, None
    if end < len(page):
        return above + html[page[end - 1].end :], quoted
    return above + _ends(page[:start]), quoted


def _ends(page: list[Token]) -> str:
    """Return the end tags of what is still open behind these tokens."""
    open_names: list[str] = []
    for token in page:
        if token.kind == "start" and token.name not in VOID:
            open_names.append(token.name)
        elif token.kind == "end" and token.name in open_names[-50:]:
            while open_names.pop() != token.name:
                pass
    return "".join(f"</{name}>" for name in reversed(open_names[-200:]))
