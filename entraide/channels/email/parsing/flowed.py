"""Paragraphs put together again that were sent as format=flowed (RFC 3676)."""

from __future__ import annotations

import re

QUOTE = re.compile(r">*")


def unflowed(text: str, *, del_sp: bool) -> str:
    """Return `text` with its soft line breaks undone; quoted lines keep their marks, `> ` written once a level."""
    out: list[str] = []
    open_depth: int | None = None
    pieces: list[str] = []
    for line in text.split("\n"):
        depth = len(QUOTE.match(line)[0])  # type: ignore[index]
        content = line[depth:]
        if content.startswith(" "):
            content = content[1:]
        is_signature = content == "-- "
        if open_depth is not None and (depth != open_depth or is_signature):
            out.append(_marked(open_depth, pieces))
            open_depth, pieces = None, []
        if content.endswith(" ") and not is_signature:
            pieces.append(content[:-1] if del_sp else content)
            open_depth = depth
            continue
        pieces.append(content)
        out.append(_marked(depth, pieces))
        open_depth, pieces = None, []
    if open_depth is not None:
        out.append(_marked(open_depth, pieces))
    return "\n".join(out)


def _marked(depth: int, pieces: list[str]) -> str:
    content = "".join(pieces)
    return ">" * depth + (" " if depth else "") + content
