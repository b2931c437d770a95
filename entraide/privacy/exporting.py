"""Everything that is kept of a person, as one archive that they can read and a program can, too."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from entraide.audit.writing import Subject, write_down
from entraide.core.files import FileMissing, open_stored
from entraide.core.personal import Piece, all_told
from entraide.people.models import Person
from entraide.people.personal import about

IN_MEMORY_BYTES = 8 * 1024 * 1024


def export_person(person: Person, *, with_internal: bool) -> IO[bytes]:
    """Return a ZIP archive, at its beginning: JSON in UTF-8, mails as .eml, files as they were sent.

    What a file store has lost is named in missing.txt rather than passed over.
    """
    write_down(
        "exported",
        Subject("people.person", person.pk),
        organisation_id=person.organisation_id,
        details={"with_internal": with_internal},
    )
    target: Any = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 (the caller sends and closes it)
    missing: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme(person))
        for piece in all_told(about(person), with_internal=with_internal):
            try:
                _add(archive, piece)
            except FileMissing as error:
                missing.append(f"{piece.name}: {error}")
        if missing:
            archive.writestr("missing.txt", "\n".join(missing) + "\n")
    target.seek(0)
    return target  # type: ignore[no-any-return]


def _add(archive: zipfile.ZipFile, piece: Piece) -> None:
    if piece.digest:
        with open_stored(piece.digest) as source, archive.open(piece.name, "w") as target:
            shutil.copyfileobj(source, target)
    elif piece.content is not None:
        archive.writestr(piece.name, piece.content)
    else:
        archive.writestr(piece.name, json.dumps(piece.data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))


def _readme(person: Person) -> str:
    return _(
        "What this support desk keeps of %(name)s.\n\n"
        "person.json: the directory. tickets/: each request with its conversation. files/: what was attached.\n"
        "mails/: messages as they came. Times are in UTC, in ISO 8601.\n"
    ) % {"name": person.name}
