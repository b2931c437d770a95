"""The audit as a file: JSON lines that can be verified elsewhere, or CSV for people to read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Max, Min

from entraide.audit.chain import HASHED
from entraide.audit.models import AuditEntry
from entraide.core.cells import defused_in_csv

COLUMNS = (*HASHED, "previous", "hash")


def range_of(start: date | None, end: date | None) -> tuple[int, int]:
    """Return the first and the last row that hold all of these days (UTC, both included), without a gap between; (1, 0) for none."""
    rows = AuditEntry.objects.filter(seq__isnull=False)
    if start is not None:
        rows = rows.filter(at__gte=datetime.combine(start, time.min, UTC))
    if end is not None:
        rows = rows.filter(at__lt=datetime.combine(end + timedelta(days=1), time.min, UTC))
    found = rows.aggregate(first=Min("seq"), last=Max("seq"))
    return (found["first"], found["last"]) if found["first"] else (1, 0)


def json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Give the rows one by one as JSON; what is hashed of them is in it as it is hashed."""
    for row in rows:
        yield json.dumps({**row, "at": _instant(row["at"])}, ensure_ascii=False) + "\n"


def csv_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Give the rows one by one as CSV, with a header; nothing in it is run by a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows:
        yield _emptied(buffer)
        plain = {**row, "at": _instant(row["at"]), "details": json.dumps(row["details"], ensure_ascii=False)}
        writer.writerow([_cell(plain[name]) for name in COLUMNS])
    yield _emptied(buffer)


def read_json_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that json_lines wrote."""
    for line in lines:
        if line.strip():
            yield json.loads(line)


def _cell(value: Any) -> str:
    return defused_in_csv(value) if isinstance(value, str) else "" if value is None else str(value)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
