"""Pages by cursor: stable while rows are added, as fast on the last page as on the first."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Schema

from entraide.core.events import Refused

T = TypeVar("T")
PAGE = 50
LARGEST_PAGE = 200


class Page(Schema, Generic[T]):
    """`next` is the cursor of the following page, or null on the last one."""

    items: list[T]
    next: str | None


def page_of(rows: QuerySet[Any], *, order: str, cursor: str, limit: int) -> tuple[list[Any], str | None]:
    """Return one page of `rows` and the cursor of the next, ordered by `order` ("-updated_at", "number") and key.

    Raises Refused for a cursor that this API did not give.
    """
    name, backwards = order.lstrip("-"), order.startswith("-")
    after = "lt" if backwards else "gt"
    if cursor:
        value, key = _read(cursor, datetime if name.endswith("_at") else int)
        later = Q(**{f"{name}__{after}": value}) | Q(**{name: value, f"pk__{after}": key})
        rows = rows.filter(later)
    size = max(1, min(limit, LARGEST_PAGE))
    found = list(rows.order_by(order, "-pk" if backwards else "pk")[: size + 1])
    following = _write(getattr(found[size - 1], name), found[size - 1].pk) if len(found) > size else None
    return found[:size], following


def _write(value: Any, key: int) -> str:
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([plain, key]).encode()).decode().rstrip("=")


def _read(cursor: str, kind: type[Any]) -> tuple[Any, int]:
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if kind is datetime:
            # In UTC here and now: the database cannot take an instant that leaves the calendar there.
            value = datetime.fromisoformat(value).astimezone(UTC)
        # A cursor of another order would skip rows without a word.
        if type(value) is not kind or type(key) is not int:
            raise ValueError
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused(_("This cursor is not one of ours: start again without it."), field="cursor") from error
    return value, key
