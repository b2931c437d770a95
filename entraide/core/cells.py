"""What a spreadsheet makes of text."""

from __future__ import annotations

# A cell that begins like this is run as a formula by the program that opens the file.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def defused(text: str) -> str:
    """Return text that a spreadsheet shows rather than runs: with an apostrophe before what begins like a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
