"""Scanning files in the background: each as soon as it comes, again while the scanner is away, the old ones little by little."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from entraide.core import scanning
from entraide.core.clock import now
from entraide.core.files import FileMissing, open_stored
from entraide.core.scanning import ScannerAway
from entraide.core.scope import Scope, scoped
from entraide.tickets.models import Attachment, ScannedFile
from entraide.tickets.quarantine import hold_back
from entraide.tickets.verdicts import State, ask_for, note

log = logging.getLogger("entraide.files")

BATCH = 200
OLD_ONES_AT_ONCE = 2000
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 1, 2, 5, 15, 60))
# What was refused (too large, damaged) is tried again: an operator may have changed the scanner's limits.
REFUSED_PAUSE = timedelta(hours=6)
REFUSED_AT_MOST = 20


@app.task(name="entraide.scan_file", queue="files", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def scan_file(digest: str) -> None:
    """Scan one content unless its verdict is known, and hold back what is harmful wherever it came."""
    if scan_content(digest) == State.INFECTED:
        with scoped(Scope.everything(reason="the same file may have come to several organisations")):
            for file in Attachment.objects.select_related("ticket").filter(digest=digest).order_by("pk"):
                hold_back(file, found=ScannedFile.objects.get(digest=digest).found)


@app.periodic(cron="* * * * *")
@app.task(name="entraide.scan_due_files", queue="files", queueing_lock="scan_due_files")
def scan_due_files(timestamp: int) -> None:
    """Try again what could not be scanned before."""
    if scanning.is_on():
        due = ScannedFile.objects.filter(next_at__lte=now()).order_by("next_at").values_list("digest", flat=True)
        for digest in due[:BATCH]:
            with suppress(AlreadyEnqueued), transaction.atomic():
                scan_file.configure(queueing_lock=f"scan_file:{digest}").defer(digest=digest)


@app.periodic(cron="23 * * * *")
@app.task(name="entraide.scan_old_files", queue="files", queueing_lock="scan_old_files")
def scan_old_files(timestamp: int) -> None:
    """Have files scanned that were here before there was a scanner, the newest first."""
    if not scanning.is_on():
        return
    with scoped(Scope.everything(reason="every file is scanned, whosever it is")), transaction.atomic():
        unknown = Attachment.objects.filter(~Exists(ScannedFile.objects.filter(digest=OuterRef("digest"))))
        ask_for(unknown.order_by("-pk").values_list("digest", flat=True)[:OLD_ONES_AT_ONCE])


def scan_content(digest: str) -> str:
    """Scan a content that waits for it; return its state. The row is locked meanwhile: of two workers one does it."""
    with transaction.atomic():
        verdict = ScannedFile.objects.select_for_update(skip_locked=True).filter(digest=digest).first()
        if verdict is None or verdict.state in (State.CLEAN, State.INFECTED) or not scanning.is_on():
            return verdict.state if verdict else ""
        try:
            with open_stored(digest) as content:
                note(verdict, content)  # type: ignore[arg-type]  # opened for reading, it is a BufferedReader
        except (ScannerAway, FileMissing) as error:
            verdict.attempts += 1
            verdict.found = str(error)[:200]
            verdict.next_at = now() + PAUSES[min(verdict.attempts, len(PAUSES)) - 1]
            verdict.save(update_fields=["attempts", "found", "next_at"])
            log.warning("A file could not be scanned, it is tried again.", extra={"attempts": verdict.attempts})
        else:
            if verdict.state == State.FAILED and verdict.attempts < REFUSED_AT_MOST:
                ScannedFile.objects.filter(digest=digest).update(next_at=now() + REFUSED_PAUSE)
    return verdict.state
