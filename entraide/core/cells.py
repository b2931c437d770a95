"""Text in the cell of a table that a spreadsheet opens."""

from __future__ import annotations

import re

# A cell that begins like this is run as a formula by the program that opens the file.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# Spreadsheets of French and German part a line of CSV at semicolons, whatever its commas and quotes say: a cell may begin within ours.
WITHIN_CSV = re.compile(r"([;\t\r\n][\s\"]*)(?=[=+\-@＝＋－＠])")


def defused(text: str) -> str:
    """Return text that a spreadsheet shows rather than runs: with an apostrophe before what begins like a formula."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text


def defused_in_csv(text: str) -> str:
    """Return the same for CSV, wherever a program may take a new cell to begin."""
    return WITHIN_CSV.sub(r"\1'", defused(text))
