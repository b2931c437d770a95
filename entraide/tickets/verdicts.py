"""Which files may be had: those that the virus scanner called clean, where there is one. What was found harmful stays held back for good."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.core import scanning
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scanning import CannotScan, ScannerAway
from entraide.tickets.models import Attachment, ScannedFile

State = ScannedFile.State


class HeldBack(Refused):
    """The file cannot be had; `state` is that of ScannedFile, and the message says why."""

    def __init__(self, message: str, *, state: str) -> None:
        super().__init__(message, field="attachments")
        self.state = state

    @property
    def is_passing(self) -> bool:
        """Tell whether it can be had later, by itself."""
        return self.state == State.WAITING


def ask_for(digests: Iterable[str]) -> None:
    """Have these contents scanned (in the current transaction), and told of where they are known to be harmful."""
    from entraide.tickets.scan_jobs import scan_file

    wanted = sorted(set(digests))
    ScannedFile.objects.bulk_create(
        [ScannedFile(digest=each, asked_at=now(), next_at=now()) for each in wanted], ignore_conflicts=True
    )
    known = ScannedFile.objects.filter(digest__in=wanted).exclude(state=State.CLEAN).order_by("digest")
    for digest in known.values_list("digest", flat=True):
        scan_file.defer(digest=digest)


def mark(files: Iterable[Attachment]) -> None:
    """Note on each file why it cannot be had, if so; one query."""
    marked = list(files)
    verdicts = _verdicts(each.digest for each in marked)
    for each in marked:
        verdict = verdicts.get(each.digest)
        each.held = _held(verdict)
        each.held_words = in_words(each.held, verdict.found if verdict else "")


def require_free(file: Attachment) -> None:
    """Raise HeldBack for a file that cannot be had now; one that nobody has scanned yet is asked for."""
    mark([file])
    if not file.held:
        return
    # What waits is tried again by itself; asked for here is what came before there was a scanner.
    if file.held == State.WAITING and not ScannedFile.objects.filter(digest=file.digest).exists():
        with transaction.atomic():
            ask_for([file.digest])
    raise HeldBack(_sentence(file), state=file.held)


def require_free_content(content: bytes) -> None:
    """Raise HeldBack for bytes that are no file of a ticket (a mail as it came), scanned here and now."""
    digest = hashlib.sha256(content).hexdigest()
    verdict = _verdicts([digest]).get(digest)
    if verdict is None and scanning.is_on():
        verdict = ScannedFile(digest=digest, asked_at=now())
        # Nobody to ask: not scanned yet, and asked again the next time.
        with suppress(ScannerAway):
            note(verdict, content)
    held = _held(verdict)
    if held:
        name = _("The message as it came")
        raise HeldBack(_sentence(Attachment(name=name), held, verdict.found if verdict else ""), state=held)


def note(verdict: ScannedFile, content: bytes | io.BufferedReader) -> None:
    """Scan a content and save what is found. Raises ScannerAway, and then nothing is saved."""
    try:
        verdict.found = scanning.scan(io.BytesIO(content) if isinstance(content, bytes) else content)[:200]
        verdict.state = State.INFECTED if verdict.found else State.CLEAN
    except CannotScan as refused:
        verdict.state, verdict.found = State.FAILED, str(refused)[:200]
    verdict.attempts += 1
    verdict.scanned_at, verdict.next_at = now(), None
    verdict.save()


def in_words(held: str, found: str) -> str:
    """Return in a few words why a file is held back, "" for one that is not."""
    match held:
        case State.WAITING:
            return _("not scanned yet")
        case State.INFECTED:
            return _("held back: harmful (%(found)s)") % {"found": found}
        case State.FAILED:
            return _("held back: %(why)s") % {"why": found}
    return ""


def _verdicts(digests: Iterable[str]) -> dict[str, ScannedFile]:
    wanted = set(digests)
    return {each.digest: each for each in ScannedFile.objects.filter(digest__in=wanted)} if wanted else {}


def _held(verdict: ScannedFile | None) -> str:
    state = verdict.state if verdict else State.WAITING
    if state == State.CLEAN or (state != State.INFECTED and not scanning.is_on()):
        return ""
    return str(state)


def _sentence(file: Attachment, held: str = "", found: str = "") -> str:
    words = {"name": file.name, "found": found, "why": file.held_words or in_words(held, found)}
    match held or file.held:
        case State.WAITING:
            return (
                _(
                    "“%(name)s” has not been scanned for viruses yet. It can be opened as soon as it is: try again shortly."
                )
                % words
            )
        case _:
            return (
                _("“%(name)s” cannot be opened: %(why)s. A security officer can take it out of the quarantine.") % words
            )
