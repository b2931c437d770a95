"""Files by content: what has the same bytes is kept once, under their SHA-256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings


class FileMissing(FileNotFoundError):
    """The database knows a file that the store does not have."""


@dataclass(frozen=True)
class Stored:
    """A kept file: `digest` is the SHA-256 of its content in hex."""

    digest: str
    size_bytes: int


def store(chunks: Iterable[bytes]) -> Stored:
    """Keep these bytes and return their address; they are on the disk when this returns.

    Raises OSError when the disk refuses (full, read-only); nothing half-written stays.
    """
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    hashed, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=root, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as target:
            for chunk in chunks:
                hashed.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        path = _path(hashed.hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(name, path)
        sync_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Stored(hashed.hexdigest(), size)


def store_bytes(content: bytes) -> Stored:
    return store([content])


def open_stored(digest: str) -> BinaryIO:
    """Open a kept file for reading. Raises FileMissing."""
    try:
        return _path(digest).open("rb")
    except FileNotFoundError as error:
        raise FileMissing(f"The file {digest[:12]}… is not in {_root()}; restore it from a backup.") from error


def read_stored(digest: str) -> bytes:
    with open_stored(digest) as source:
        return source.read()


def is_stored(digest: str) -> bool:
    return _path(digest).is_file()


def stored() -> Iterator[str]:
    """Yield the address of every kept file, in order; what arrives meanwhile may be among them or not."""
    for folder in sorted(_root().glob("??/??")):
        yield from sorted(each.name for each in folder.iterdir() if len(each.name) == 64)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _root() -> Path:
    return Path(settings.FILES_ROOT)


def _path(digest: str) -> Path:
    if len(digest) != 64 or not digest.isalnum():
        raise ValueError(f"Not a file's address: {digest!r}.")
    return _root() / digest[:2] / digest[2:4] / digest
