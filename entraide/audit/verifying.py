"""Whether the chain holds, in memory that does not grow with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from entraide.audit.chain import GENESIS, HASHED, Broken, Walked, walk
from entraide.audit.models import AuditEntry, Verification
from entraide.audit.sealing import seal
from entraide.core.clock import now

BATCH = 5000
# A row that waits for longer was taken out of the sealing's sight, or nothing seals.
SEALED_WITHIN = timedelta(hours=1)


def verify(*, start: int = 1, known_head: str | None = None) -> Walked:
    """Seal what waits, then walk the chain from row `start`; `known_head` must be a row's hash within it.

    Beginning later than at 1 takes the word of the row before.
    """
    seal()
    found = walk(sealed_rows(start), after=start - 1, previous=GENESIS if start == 1 else None)
    if found.broken is None and (lost := _lost(known_head)) is not None:
        return Walked(found.rows, found.through, found.head, lost)
    return found


def verify_and_note() -> Verification:
    """Verify the whole chain, up to the head that was seen the last time at least, and keep what was found."""
    began = time.monotonic()
    last = Verification.objects.filter(broken_at=None).first()
    found = verify(known_head=last.head if last and last.through else None)
    return Verification.objects.create(
        at=now(),
        seconds=round(time.monotonic() - began, 3),
        through=found.through,
        head=found.head,
        broken_at=found.broken.seq if found.broken else None,
        reason=found.broken.reason if found.broken else "",
    )


def sealed_rows(start: int = 1, end: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the sealed rows from number `start` to `end`, in order, as plain values."""
    rows = AuditEntry.objects.filter(seq__isnull=False).order_by("seq").values(*HASHED, "previous", "hash")
    if end is not None:
        rows = rows.filter(seq__lte=end)
    last = start - 1
    while some := list(rows.filter(seq__gt=last)[:BATCH]):
        yield from some
        last = some[-1]["seq"]


def _lost(known_head: str | None) -> Broken | None:
    if known_head and known_head != GENESIS and not AuditEntry.objects.filter(hash=known_head).exists():
        return Broken(0, f"No row has the hash {known_head}: rows at the end were removed, or all were written anew.")
    late = AuditEntry.objects.filter(seq=None, at__lt=now() - SEALED_WITHIN).order_by("pk").first()
    if late is not None:
        return Broken(0, f"Entry {late.pk} was never sealed.")
    return None
