"""The chain, pure: how a row is hashed, and whether rows that follow one another hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# What is hashed of a row, in this order. A new column is added at the end, with another VERSION before it.
HASHED = (
    "seq", "id", "at", "actor_kind", "actor_id", "actor_name", "organisation_id", "act", "subject_kind", "subject_id",
    "subject_name", "details", "address", "channel",
)  # fmt: skip
VERSION = 1
# What stands before the first row.
GENESIS = "0" * 64


@dataclass(frozen=True)
class Broken:
    """The first row that does not hold, and why."""

    seq: int
    reason: str


@dataclass(frozen=True)
class Walked:
    """How far a walk came: `through` and `head` are the last row that holds."""

    rows: int
    through: int
    head: str
    broken: Broken | None = None


def canonical(row: dict[str, Any]) -> bytes:
    """Return the one text of a row that is hashed: a JSON array, without spaces, keys sorted, times in UTC."""
    values = [VERSION, *(_plain(row[name]) for name in HASHED)]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def hash_of(row: dict[str, Any], previous: str) -> str:
    """Return the SHA-256, in hex, of the hash before and the text of this row."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(row)).hexdigest()


def walk(rows: Iterable[dict[str, Any]], *, after: int = 0, previous: str | None = GENESIS) -> Walked:
    """Follow `rows`, which come in order, and stop at the first that does not hold.

    `after` is the number of the row before the first one, `previous` its hash; None takes the first row's word for it.
    """
    count = 0
    for row in rows:
        expected = after + 1
        if row["seq"] != expected:
            reason = f"Row {expected} is missing: it was removed after it was sealed, or the order was changed."
            return Walked(count, after, previous or "", Broken(expected, reason))
        if previous is not None and row["previous"] != previous:
            reason = f"Row {expected} does not follow the row before it: one of them was changed, put in or exchanged."
            return Walked(count, after, previous, Broken(expected, reason))
        if row["hash"] != hash_of(row, row["previous"]):
            reason = f"Row {expected} does not match its hash: it was changed after it was sealed."
            return Walked(count, after, previous or "", Broken(expected, reason))
        after, previous, count = expected, row["hash"], count + 1
    return Walked(count, after, previous or "")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
