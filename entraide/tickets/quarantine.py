"""Harmful files: held back and told of on their ticket, taken out by those who may, with a reason."""

from __future__ import annotations

from contextlib import suppress

from django.db.models import QuerySet

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.tickets.events.quarantine import FileHeldBack, HeldFileTaken
from entraide.tickets.models import Attachment, ScannedFile

SCANNER = Actor.system("scanner")


def hold_back(file: Attachment, *, found: str) -> None:
    """Say on the ticket of a file that it is held back; once, however often this is called."""
    with suppress(Refused):
        record(file.ticket, FileHeldBack(file.pk, file.name, found), actor=SCANNER, once=f"held:{file.pk}")


def take_out(file: Attachment, *, reason: str, actor: Actor) -> Entry:
    """Say on the ticket that somebody has the file all the same, and why; then they may be given it. Raises Refused."""
    return record(file.ticket, HeldFileTaken(file.pk, file.name, reason.strip()), actor=actor)


def held_files() -> QuerySet[Attachment]:
    """Return the files of the scope that are held back because of what they are."""
    states = (ScannedFile.State.INFECTED, ScannedFile.State.FAILED)
    kept = ScannedFile.objects.filter(state__in=states).values("digest")
    return Attachment.objects.select_related("ticket", "organisation", "entry").filter(digest__in=kept)
