"""Tables as files: CSV, written as it is read, and XLSX with real numbers and dates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from entraide.core.cells import defused, defused_in_csv

Cell = str | int | float | datetime | date | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767
WIDEST_COLUMN = 48


def csv_lines(rows: Iterable[Sequence[Cell]], *, zone: tzinfo, is_start: bool) -> Iterator[str]:
    """Give the rows as CSV one by one; `is_start` puts the mark of UTF-8 before them, for spreadsheets that guess."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if is_start:
        yield "\ufeff"
    for row in rows:
        writer.writerow([_in_csv(cell, zone) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str, zone: tzinfo) -> bytes:
    """Return a workbook with one sheet whose header stays in sight; times are those of `zone`."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_title(title))
    sheet.freeze_panes = "A2"
    for number, name in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(WIDEST_COLUMN, max(12, len(name) + 2))
    sheet.append([_bold(sheet, name) for name in header])
    for row in rows:
        sheet.append([_in_xlsx(cell, zone) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _in_csv(cell: Cell, zone: tzinfo) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(timespec="seconds")
    return defused_in_csv(cell) if isinstance(cell, str) else "" if cell is None else str(cell)


def _in_xlsx(cell: Cell, zone: tzinfo) -> Cell:
    if isinstance(cell, datetime):
        # A spreadsheet knows no zones: the header says which it is.
        return cell.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return defused(ILLEGAL_CHARACTERS_RE.sub("", cell))[:LONGEST_CELL] if isinstance(cell, str) else cell


def _bold(sheet: object, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=defused(text))
    cell.font = Font(bold=True)
    return cell


def _sheet_title(title: str) -> str:
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in title)[:31]
