"""Files by content: what has the same bytes is kept once, under their SHA-256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

GOING = ".going"


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


def kept_before(instant: datetime) -> Iterator[list[str]]:
    """Give the addresses of the files that were last brought before `instant`, folder by folder."""
    for folder in sorted(_root().glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")):
        for left in folder.glob(f"*{GOING}"):
            # A sweep was killed between its two steps: as before it, until it is asked again.
            _put_back(left)
        old = [each.name for each in folder.iterdir() if len(each.name) == 64 and _brought(each) < instant]
        if old:
            yield old


def remove_unless(digest: str, still_used: Callable[[], bool], *, before: datetime) -> bool:
    """Remove a file that nothing refers to; return False, and leave it, if it was brought again or is used after all."""
    path = _path(digest)
    going = path.with_name(path.name + GOING)
    try:
        path.rename(going)
    except FileNotFoundError:
        return False
    # Who brings the same file now makes a new one, or has made this one newer than it looked.
    if _brought(going) >= before or still_used():
        _put_back(going)
        return False
    going.unlink()
    return True


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


def _put_back(going: Path) -> None:
    path = going.with_name(going.name.removesuffix(GOING))
    if path.exists():
        going.unlink()
    else:
        going.rename(path)


def _brought(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def _root() -> Path:
    return Path(settings.FILES_ROOT)


def _path(digest: str) -> Path:
    if len(digest) != 64 or not digest.isalnum():
        raise ValueError(f"Not a file's address: {digest!r}.")
    return _root() / digest[:2] / digest[2:4] / digest
