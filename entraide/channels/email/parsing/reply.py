"""What somebody wrote, apart from what they quote and from their signature.

No word that a person wrote may be lost: what is not surely a quote or a signature stays in the reply. Not
mail-parser-reply: that one takes away every occurrence of what it took for a signature, greetings included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entraide.channels.email.parsing.quote_openings import Opening, answers_stand_within, is_quoted, openings
from entraide.channels.email.parsing.reply_html import split_reply_html
from entraide.channels.email.parsing.signature import signature_start

__all__ = ["Reply", "split_reply", "split_reply_html"]


@dataclass(frozen=True, slots=True)
class Reply:
    """Each line of the text is in one of the three, in its order; blank lines around them are left out."""

    new: str
    quoted: str
    signature: str


def split_reply(text: str, *, languages: Sequence[str] = ("fr", "en", "de")) -> Reply:
    """Return `text` apart. `new` is all of it where answers stand between quoted lines, where there is nothing but a
    quote, and where a message is forwarded. Languages: fr, en, de, it. Linear in the length.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = openings(lines, languages)
    has_quoted_above = False
    for number, line in enumerate(lines):
        opening = found.get(number)
        if opening is not None and opening.look == "forward":
            return _whole(lines)  # what is forwarded is what they want to say
        reply = None
        if opening is not None:
            reply = _cut_at(lines, opening)
        elif is_quoted(line) and not has_quoted_above:
            reply = _cut_at_bare_quote(lines, number)
        if reply is not None:
            return reply
        has_quoted_above = has_quoted_above or is_quoted(line)
    return _whole(lines) if has_quoted_above else _parted(lines, len(lines))


def _cut_at(lines: list[str], opening: Opening) -> Reply | None:
    """Return the text cut at `opening`, or whole, or None where it is not sure that anything is quoted there."""
    above = "\n".join(lines[: opening.start]).strip()
    first, has_marks = _first_words(lines, opening.end)
    if has_marks:
        return _cut_marked(lines, opening.start, first, above=above, may_stand_below=True)
    is_followed_by_us = first < len(lines) and "##-" in lines[first]
    if not opening.is_sure and not is_followed_by_us:
        return None
    if not above or answers_stand_within(above):
        return _whole(lines)
    return _parted(lines, opening.start)


def _cut_at_bare_quote(lines: list[str], start: int) -> Reply | None:
    above = "\n".join(lines[:start]).strip()
    # A single line that starts with > may be anything.
    if not above or start + 1 >= len(lines) or not is_quoted(lines[start + 1]):
        return None
    reply = _cut_marked(lines, start, start, above=above, may_stand_below=False)
    return reply if reply.quoted else None


def _cut_marked(lines: list[str], start: int, first: int, *, above: str, may_stand_below: bool) -> Reply:
    """Return the text without the quote whose lines, from `first` on, carry marks; whole where answers are among them."""
    last = max(number for number in range(first, len(lines)) if is_quoted(lines[number]))
    if any(line.strip() and not is_quoted(line) for line in lines[first : last + 1]):
        return _whole(lines)
    tail = lines[last + 1 :]
    if not any(line.strip() for line in tail):
        return _parted(lines, start) if above else _whole(lines)
    if above:
        begins_at = _first_words(tail, 0)[0]
        # With words of one's own above, what stands below must be the signature, or it is an answer, too.
        is_signature = signature_start(["…", *tail], len(tail) + 1) == 1 + begins_at
        return (
            Reply(_joined(lines[:start]), _joined(lines[start : last + 1]), _joined(tail))
            if is_signature
            else _whole(lines)
        )
    if not may_stand_below:
        return _whole(lines)
    end = signature_start(tail, len(tail))
    return Reply(_joined(tail[:end]), _joined(lines[: last + 1]), _joined(tail[end:]))


def _parted(lines: list[str], end: int) -> Reply:
    """Return `lines[:end]` with its signature taken off, and the rest as the quote."""
    start = signature_start(lines, end)
    return Reply(_joined(lines[:start]), _joined(lines[end:]), _joined(lines[start:end]))


def _whole(lines: list[str]) -> Reply:
    return Reply(_joined(lines), "", "")


def _first_words(lines: Sequence[str], start: int) -> tuple[int, bool]:
    """Return the first line with words, and whether it carries the mark of a quote."""
    number = start
    while number < len(lines) and not lines[number].strip(" \t\xa0\u200b\ufeff"):
        number += 1
    return number, number < len(lines) and is_quoted(lines[number])


def _joined(lines: Sequence[str]) -> str:
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return "\n".join(lines[first:last])
