"""What a form of the portal carries besides words: the files that outlast a refusal, and the key by which it counts once."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Protocol

from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.people.models import Person
from entraide.tickets.attachments import FileRef
from entraide.tickets.uploads import file_named, keep_upload, token_of

FILES_AT_MOST = 10
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class ChosenFiles:
    """The files of a form, kept already: `named` has each with the token that names it when the form comes back.

    `refused` says what is wrong with them; the form is then not done, whatever else is right.
    """

    named: tuple[tuple[FileRef, str], ...] = ()
    refused: Refused | None = None

    def require(self) -> list[FileRef]:
        """Return the files. Raises Refused where something is wrong with them."""
        if self.refused is not None:
            raise self.refused
        return [file for file, _token in self.named]


class Owner(Protocol):
    """Whose files they are until they are sent: a person, or a form without one."""

    @property
    def pk(self) -> Any: ...


def chosen_files(request: Any, person: Owner) -> ChosenFiles:
    """Return the files chosen now (`attachments`) and those kept from an earlier try (`kept`), each once."""
    files: dict[tuple[str, str], FileRef] = {}
    refused = None
    takers: list[Callable[[], FileRef]] = [
        *(partial(file_named, each, person_id=person.pk) for each in request.POST.getlist("kept")),
        *(partial(keep_upload, each) for each in request.FILES.getlist("attachments")),
    ]
    for take in takers:
        try:
            file = take()
        except Refused as error:
            refused = refused or error
        else:
            files[file.digest, file.name] = file
    if len(files) > FILES_AT_MOST:
        refused = Refused(
            _(
                "At most %(most)d files at once, and these are %(count)d. Take some away, or send them in another message."
            )
            % {"most": FILES_AT_MOST, "count": len(files)},
            field="attachments",
        )
    return ChosenFiles(tuple((file, token_of(file, person_id=person.pk)) for file in files.values()), refused)


def new_key() -> str:
    """Return what makes a form one of its own."""
    return secrets.token_urlsafe(18)


def once_of(request: Any, person: Person, *, about: str, words: Sequence[str], files: Sequence[FileRef]) -> str | None:
    """Return the key under which a form counts once, or None for a form without one.

    What it says is part of it: the same form sent again with other words (after "back") is another message.
    """
    key = request.POST.get("once", "")
    if not _KEY.fullmatch(key):
        return None
    said = json.dumps([words, [[each.digest, each.name] for each in files]])
    return f"portal:{about}:{person.pk}:{key}:{sha256(said.encode()).hexdigest()[:24]}"
