"""Sealing: what was written down gets its place in the chain shortly after, in order, by one at a time.

Not when it is written: each writer would then wait for the one before it until that one's whole transaction ends.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from entraide.audit.chain import GENESIS, HASHED, hash_of
from entraide.audit.models import AuditEntry
from entraide.core import locks

BATCH = 1000
_SEAL = """
UPDATE audit_entry SET seq = place.seq, previous = place.previous, hash = place.hash
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS place (id, seq, previous, hash)
WHERE audit_entry.id = place.id
"""
_NOT_YET = [name for name in HASHED if name != "seq"]


def seal() -> int:
    """Seal all that is committed and not sealed; return how many. Any number of processes may do it at once."""
    sealed = 0
    while n := _seal_some():
        sealed += n
    return sealed


def head() -> tuple[int, str]:
    """Return the number and the hash of the last sealed row; 0 and the beginning's where there is none."""
    last = AuditEntry.objects.filter(seq__isnull=False).order_by("-seq").only("seq", "hash").first()
    return (last.seq or 0, last.hash) if last else (0, GENESIS)


def _seal_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.AUDIT])
        rows: list[dict[str, Any]] = list(AuditEntry.objects.filter(seq=None).order_by("pk").values(*_NOT_YET)[:BATCH])
        seq, previous = head()
        seals = []
        for row in rows:
            seq += 1
            found = hash_of({**row, "seq": seq}, previous)
            seals.append((row["id"], seq, previous, found))
            previous = found
        if seals:
            cursor.execute(_SEAL, [list(column) for column in zip(*seals, strict=True)])
    return len(rows)
