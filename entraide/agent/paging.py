"""Pages of a list by keyset: as fast on the last page as on the first, stable while rows come in."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

PAGE = 50


def page(rows: QuerySet[Any], *, order: Sequence[str], after: str, size: int = PAGE) -> tuple[list[Any], str]:
    """Return one page of `rows` in `order` and the cursor of the next one ("" at the end).

    A cursor that is not ours gives the first page.
    """
    values = _read(after, len(order))
    if values is not None:
        rows = rows.filter(_later(order, values))
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    return found[:size], _write(found[size - 1], order) if more else ""


def _later(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return the condition of coming after `values`: (a > x) or (a = x and b > y) …"""
    condition, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column, comes_after = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        condition |= same & Q(**{f"{column}__{comes_after}": value})
        same &= Q(**{column: value})
    return condition


def _write(row: Any, order: Sequence[str]) -> str:
    values = [getattr(row, name.lstrip("-")) for name in order]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


def _read(cursor: str, length: int) -> list[Any] | None:
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        values = [datetime.fromisoformat(value) if isinstance(value, str) else int(value) for value in plain]
    except (ValueError, TypeError):
        return None
    return values if len(values) == length else None
