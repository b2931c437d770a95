"""A form that was sent: done once however often it arrives, its files kept whatever becomes of it."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from entraide.agent.access import clean
from entraide.core.events import Conflict, Refused
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import TicketEntry
from entraide.tickets.uploads import file_named, keep_upload, token_of

FILES_AT_MOST = 20
KEY = re.compile(r"[A-Za-z0-9_-]{16,43}")
NOT_SAID = ("csrfmiddlewaretoken", "form", "kept")


@dataclass(frozen=True)
class Sent:
    """What came: `key` of the form, `once` for record(), the files, and why they cannot go as they are."""

    key: str
    prefix: str
    once: str | None
    files: tuple[FileRef, ...]
    refused: Refused | None

    def earlier(self) -> TicketEntry | None:
        """Return what this very form wrote when it came before. Raises Conflict when it came with other words."""
        if self.once is None:
            return None
        found: list[TicketEntry] = list(TicketEntry.objects.filter(once__startswith=self.prefix))
        if not found:
            return None
        for entry in found:
            if (entry.once or "").startswith(self.once):
                return entry
        raise Conflict(
            _(
                "This form was sent before, with other words. What you wrote now has not been sent: send it if you mean it."
            )
        )

    def chips(self, person_id: int) -> list[tuple[str, FileRef]]:
        """Return each file with the token by which the next attempt names it."""
        return [(token_of(each, person_id=person_id), each) for each in self.files]


def new_key() -> str:
    """Return the key of a form about to be shown."""
    return secrets.token_urlsafe(16)


def sent_with(request: Any, verb: str, number: int) -> Sent:
    """Return what came with this form; its files are kept by now."""
    files, refused = _kept_files(request)
    key = request.POST.get("form", "")
    if not KEY.fullmatch(key):
        return Sent("", "", None, files, refused)
    prefix = f"form:{number}:{verb}:{key}:"
    return Sent(key, prefix, prefix + _fingerprint(request, files), files, refused)


def _kept_files(request: Any) -> tuple[tuple[FileRef, ...], Refused | None]:
    files: list[FileRef] = []
    refused = None
    for token in request.POST.getlist("kept"):
        try:
            files.append(file_named(token, person_id=request.person.pk))
        except Refused as error:
            refused = error
    for upload in request.FILES.getlist("attachments"):
        try:
            files.append(keep_upload(upload))
        except Refused as error:
            refused = error
    if len(files) > FILES_AT_MOST:
        refused = Refused(
            _("At most %(most)d files go with one message, and these are %(n)d. Remove some of them.")
            % {"most": FILES_AT_MOST, "n": len(files)},
            field="attachments",
        )
    return tuple(files), refused


def _fingerprint(request: Any, files: tuple[FileRef, ...]) -> str:
    said = [(name, clean(value)) for name, values in request.POST.lists() if name not in NOT_SAID for value in values]
    words = repr((sorted(said), [(each.digest, each.name) for each in files]))
    return hashlib.sha256(words.encode()).hexdigest()[:16]
