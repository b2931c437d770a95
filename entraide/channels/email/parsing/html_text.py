"""The text that a reader sees of an HTML page."""

from __future__ import annotations

import re
from html import unescape

from entraide.channels.email.parsing.charsets import sound
from entraide.channels.email.parsing.html_tokens import Token, tokens

PARAGRAPHS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "pre", "blockquote", "figure"]
)
BLOCKS = PARAGRAPHS | frozenset(
    [
        "div",
        "tr",
        "li",
        "dt",
        "dd",
        "section",
        "article",
        "header",
        "footer",
        "address",
        "center",
        "form",
        "fieldset",
        "caption",
        "body",
        "html",
        "main",
        "nav",
        "aside",
    ]
)
SPACES = re.compile(r"[ \t\r\n\f]+")
# Newsletters pad their first lines with these so that nothing else shows in the list of mails.
PADDING = re.compile("[\\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u200b-\u200f\u2007\u2060\ufeff]*\\Z")
BARE = re.compile(r"^https?://(?:www\.)?")
DEEPEST_QUOTE = 20
LONGEST_LINK = 500


def html_to_text(html: str) -> str:
    """Return the words of `html`: lines and paragraphs kept, quotes marked `> `, links followed by their address."""
    page = _Page()
    for token in tokens(html):
        if token.kind == "text":
            page.write(sound(unescape(token.source)))
        elif token.kind == "start":
            page.open(token)
        else:
            page.close(token.name)
    return page.text()


class _Page:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote_depth = 0
        self.pre_depth = 0
        self.link: str | None = None
        self.words: list[str] = []  # of the link

    def write(self, text: str) -> None:
        if self.link is not None:
            self.words.append(text)
        if self.pre_depth:
            first, *others = text.split("\n")
            self.line.append(first)
            for other in others:
                self.break_line()
                self.line.append(other)
            return
        text = SPACES.sub(" ", text).replace("\xa0", " ")
        if not self.line or self.line[-1][-1:] in (" ", "\t"):
            text = text[1:] if text[:1] == " " else text
        if text:
            self.line.append(text)

    def open(self, token: Token) -> None:
        name = token.name
        if name == "br":
            self.break_line()
        elif name == "hr":
            self.begin_block(gap=False)
            self.line.append("_" * 32)
            self.break_line()
        elif name in ("td", "th"):
            if self.line:
                self.line.append("\t")
        elif name == "img":
            alt = SPACES.sub(" ", sound(token.attributes.get("alt", ""))).strip()
            if alt:
                self.write(f"[{alt}]")
        elif name == "a":
            href = token.attributes.get("href", "").strip()
            self.link, self.words = href, []
        elif name in BLOCKS:
            self.begin_block(gap=name in PARAGRAPHS)
            if name == "li":
                self.line = ["- "]
            self.quote_depth += name == "blockquote"
            self.pre_depth += name == "pre"

    def close(self, name: str) -> None:
        if name == "a" and self.link is not None:
            href, words = self.link, "".join(self.words)
            self.link = None
            if (
                href.lower().startswith(("http://", "https://"))
                and len(href) <= LONGEST_LINK
                and not _shows(words, href)
            ):
                self.write(f" ({sound(href)})")
        elif name in BLOCKS:
            self.begin_block(gap=name in PARAGRAPHS and name != "blockquote")
            if name == "blockquote":
                self.end_quote()
            self.quote_depth = max(0, self.quote_depth - (name == "blockquote"))
            self.pre_depth = max(0, self.pre_depth - (name == "pre"))

    def end_quote(self) -> None:
        while self.lines and self.lines[-1].startswith(">") and not self.lines[-1].strip("> "):
            self.lines.pop()
        if self.lines:
            self.lines.append("")

    def begin_block(self, *, gap: bool) -> None:
        line = "".join(self.line).strip()
        if line == "-":
            return  # the paragraph within a list item
        if line:
            self.break_line()
        self.line = []
        if gap and self.lines and self.lines[-1].strip("> "):
            self.break_line()

    def break_line(self) -> None:
        line = "".join(self.line)
        # The blank of `-- ` is what makes it the mark of a signature.
        line = "-- " if line.strip(" \t") == "--" and line.endswith(" ") else line.rstrip()
        self.line = []
        if PADDING.match(line):
            line = ""
        self.lines.append("> " * min(self.quote_depth, DEEPEST_QUOTE) + line)

    def text(self) -> str:
        self.begin_block(gap=False)
        text = "\n".join(line if line.endswith("-- ") else line.rstrip() for line in self.lines)
        return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


def _shows(words: str, href: str) -> bool:
    bare = BARE.sub("", words.strip().rstrip("/").lower())
    return not bare or bare == BARE.sub("", href.rstrip("/").lower())
