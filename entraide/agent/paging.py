"""Pages of a list by keyset: as fast on the last page as on the first, stable while rows come in."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

PAGE = 50


def page(rows: QuerySet[Any], *, order: Sequence[str], after: str, size: int = PAGE) -> tuple[list[Any], str]:
    """Return one page of `rows` in `order` and the cursor of the next one ("" at the end).

    A cursor that is not ours, or of another order, gives the first page.
    """
    values = _read(after, order)
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
    values = [reduce(getattr, name.lstrip("-").split("__"), row) for name in order]
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([plain, _sealed(plain, order)]).encode()).decode()


def _read(cursor: str, order: Sequence[str]) -> list[Any] | None:
    try:
        plain, seal = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        # Whoever makes one up could put a word where the database expects an instant.
        if not constant_time_compare(seal, _sealed(plain, order)):
            return None
        return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in plain]
    except (ValueError, TypeError):
        return None


def _sealed(plain: Sequence[Any], order: Sequence[str]) -> str:
    return salted_hmac("entraide.page", json.dumps([plain, list(order)])).hexdigest()[:20]
