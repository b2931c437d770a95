"""Content-Type and Content-Disposition: a value and its parameters, RFC 2231 and worse."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from entraide.channels.email.parsing.charsets import decode
from entraide.channels.email.parsing.words import decoded, one_line

LONGEST = 16_384
PARAMETER = re.compile(
    r""";\s*+(?P<name>[^\s=;"]{1,100})\s*+=\s*+(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"?|(?P<bare>[^;]*+))""", re.DOTALL
)
SECTION = re.compile(r"^([^*]+)(?:\*(\d{1,3}))?(\*)?$")


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return the value in lower case and its parameters by lower-case name, decoded, on one line."""
    value = value[:LONGEST]
    main = (value.split(";", 1)[0].split() or [""])[0].lower()
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in PARAMETER.finditer(value):
        found = SECTION.match(match["name"].lower())
        if found is None:
            continue
        text = match["bare"].strip() if match["quoted"] is None else re.sub(r'\\(["\\])', r"\1", match["quoted"])
        number = int(found[2]) if found[2] else -1
        sections.setdefault(found[1], {}).setdefault(number, (text, bool(found[3])))
    return one_line(main), {name: _value(parts) for name, parts in sections.items()}


def _value(parts: dict[int, tuple[str, bool]]) -> str:
    if parts.keys() == {-1} and not parts[-1][1]:
        return decoded(parts[-1][0])
    # The RFC 2231 form is the better one where both are given.
    numbers = [-1] if -1 in parts and parts[-1][1] else sorted(number for number in parts if number >= 0)
    charset = None
    data = b""
    for position, number in enumerate(numbers or [-1]):
        text, extended = parts[number]
        if extended and position == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return decoded(decode(data, charset or "utf-8")[0])
