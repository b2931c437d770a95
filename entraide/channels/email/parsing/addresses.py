"""Names and addresses out of From, To, Cc and their like, as mailers really write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entraide.channels.email.parsing.words import decoded

LONGEST = 65_536
MOST = 1_000
TOKEN = re.compile(r'<[^<>]*+>|[,;]|[^",;<(]++|.', re.DOTALL)
EMAIL = re.compile(
    r"""(?:"[^"\r\n]{1,64}"|[^\s<>@,;:"()\[\]\\]{1,128})@(?:[^\s<>@,;:"()\[\]\\]{1,255}|\[[\w.:]{2,60}\])"""
)
SCHEME = re.compile(r"^\s*(?:mailto|smtp):|(?:mailto|smtp):\s*$", re.IGNORECASE)
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: the display name, possibly empty, and the address, its domain in lower case."""

    name: str
    email: str


def addresses(value: str) -> tuple[Address, ...]:
    """Return the mailboxes in `value` (not yet decoded), those without a usable address left out. Never raises."""
    value = value[:LONGEST]
    found = tuple(address for mailbox in _mailboxes(value) if (address := _address(mailbox)) is not None)
    if not found and "=?" in value:
        # Some mailers encode the address together with the name.
        found = tuple(address for mailbox in _mailboxes(decoded(value)) if (address := _address(mailbox)) is not None)
    return found[:MOST]


def clean_email(text: str) -> str | None:
    """Return the address in `text`, its domain in lower case, or None."""
    text = BIDI.sub("", text).strip().strip("'").strip()
    if text.startswith("@") and ":" in text:
        text = text.split(":", 1)[1]
    text = SCHEME.sub("", text)
    match = EMAIL.fullmatch(text.rstrip(".").replace("\x00", ""))
    if match is None:
        return None
    local, _, domain = match[0].rpartition("@")
    return f"{local}@{domain.lower()}"


def _mailboxes(value: str) -> list[list[str]]:
    """Return the tokens of each mailbox; comments come out as one token that starts with a parenthesis."""
    mailboxes: list[list[str]] = [[]]
    ends = {"(": _comment_ends(value), '"': _quote_ends(value)}
    position, has_address = 0, False
    while position < len(value):
        if value[position] in ends:
            end = ends[value[position]].get(position, position + 1)
        else:
            match = TOKEN.match(value, position)
            assert match is not None
            end = match.end()
        token, position = value[position:end], end
        # `Dupont, Jean <jean@…>` without the quotes that it needs is one person, not two.
        if token == ";" or (token == "," and has_address):
            mailboxes.append([])
            has_address = False
        else:
            mailboxes[-1].append(token)
            has_address = has_address or "@" in token
    return mailboxes[: MOST * 2]


def _comment_ends(value: str) -> dict[int, int]:
    """Return where each comment that is closed ends, by where it starts."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for position, char in enumerate(value):
        if char == "(":
            opened.append(position)
        elif char == ")" and opened:
            ends[opened.pop()] = position + 1
    return ends


def _quote_ends(value: str) -> dict[int, int]:
    """Return where each quotation that is closed ends, by where it starts; in one pass, however many there are."""
    if '"' not in value:
        return {}
    # Read backwards: where what begins here, within quotes, comes to its closing one.
    closes = [-1] * (len(value) + 2)
    for position in range(len(value) - 1, -1, -1):
        char = value[position]
        closes[position] = position if char == '"' else closes[position + (2 if char == "\\" else 1)]
    return {
        position: closes[position + 1] + 1
        for position, char in enumerate(value)
        if char == '"' and closes[position + 1] >= 0
    }


def _address(tokens: list[str]) -> Address | None:
    angle = next(
        (token[1:-1] for token in reversed(tokens) if token[:1] == "<" and token[-1:] == ">" and "@" in token), None
    )
    comments = " ".join(token[1:-1] for token in tokens if token[:1] == "(" and len(token) > 2)
    words = [token for token in tokens if token[:1] not in ("(", "<")]
    if angle is not None:
        email = clean_email(angle)
        if email is None:
            match = EMAIL.search(angle)
            email = clean_email(match[0]) if match else None
        name = "".join(_unquoted(word) for word in words)
    else:
        text = "".join(words)
        match = EMAIL.search(text)
        email = clean_email(match[0]) if match else None
        around = f"{SCHEME.sub('', text[: match.start()])} {text[match.end() :]}" if match else ""
        name = _unquoted(around.strip(" <>"))
    if email is None:
        return None
    name = decoded(name)
    if angle is not None and ":" in name and name.split(":", 1)[0].isalpha() and "@" not in name:
        name = name.split(":", 1)[1]  # the first of a group: `Team: Ana <ana@…>, …;`
    return Address(name=_tidy(name) or _tidy(decoded(comments)), email=email)


def _unquoted(word: str) -> str:
    if len(word) >= 2 and word[0] == word[-1] == '"':
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word


def _tidy(name: str) -> str:
    name = BIDI.sub("", name).strip().strip('",').strip()
    if len(name) >= 2 and name[0] == name[-1] == "'":
        name = name[1:-1]
    return name[:200]
