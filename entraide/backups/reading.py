"""Reading an archive through: whether everything that it says of itself is true."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entraide.backups.manifest import FILES, HEAD, MANIFEST, ROWS, SEQUENCES, Head, Manifest, head_of, manifest_of
from entraide.backups.parts import Damaged, Part, parts
from entraide.backups.sealing import opened
from entraide.core.trouble import Trouble

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Verified:
    """An archive of which every byte is what was written."""

    head: Head
    manifest: Manifest


def verify(path: Path, *, identities: Sequence[Any] = ()) -> Verified:
    """Read the whole archive and compare it with what it says of itself. Raises Damaged and other Trouble."""
    head, manifest = None, None
    found: dict[str, str] = {}
    files = Counter[str]()
    for part in archive(path, identities=identities):
        if manifest:
            raise Damaged(f"The archive is damaged: {part.name} comes after the manifest.")
        if part.name == HEAD:
            content = part.read()
            head = head_of(content)
        elif part.name == MANIFEST:
            manifest = manifest_of(part.read())
            continue
        elif head is None:
            raise Trouble(f"{path} is not a backup of Entraide.")
        else:
            for _piece in part.pieces:
                pass
        if part.name.startswith(FILES):
            _compare_file(part)
            files.update(n=1, bytes=part.size_bytes)
        else:
            found[part.name] = part.sha256
    if head is None or manifest is None:
        raise Damaged("The archive is damaged: it has no manifest.")
    _compare(found, files, head, manifest)
    return Verified(head, manifest)


def archive(path: Path, *, identities: Sequence[Any] = ()) -> Iterator[Part]:
    """Yield the parts of an archive, decrypted. Raises Trouble."""
    try:
        with opened(path, identities) as source:
            yield from parts(source)
    except OSError as error:
        raise Trouble(f"{path} cannot be read ({error.strerror}).") from error


def _compare_file(part: Part) -> None:
    digest = part.name.removeprefix(FILES)
    if not _SHA256.fullmatch(digest) or part.sha256 != digest:
        raise Damaged(f"The archive is damaged: the file {digest[:12]}… is not what its name says.")


def _compare(found: dict[str, str], files: Counter[str], head: Head, manifest: Manifest) -> None:
    if wrong := sorted(name for name in found.keys() | manifest.parts if found.get(name) != manifest.parts.get(name)):
        raise Damaged(f"The archive is damaged: {wrong[0]} is not what its manifest says.")
    if (files["n"], files["bytes"]) != (manifest.files, manifest.files_bytes):
        raise Damaged(f"The archive is damaged: it has {files['n']} files and its manifest says {manifest.files}.")
    named = {name.split("/")[1] for name in found if name.startswith(ROWS)}
    if SEQUENCES not in found or manifest.rows.keys() != head.tables.keys() or not named <= head.tables.keys():
        raise Damaged("The archive is damaged: its tables are not those that its head names.")
