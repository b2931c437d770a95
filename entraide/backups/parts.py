"""A backup as a stream of named parts: a plain tar archive whose last part seals every byte before it.

Tar, so that a desk can be put together again by hand with `tar`, `zcat` and `psql` if Entraide itself is gone. Python's own
tarfile reads a damaged header as the end of the archive; here damage is damage.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from entraide.core.trouble import Trouble

BLOCK = tarfile.BLOCKSIZE
PIECE = 1024**2
SEAL = "seal.sha256"
END = b"\0" * (2 * BLOCK)


class Damaged(Trouble):
    """The archive is not what was written: cut off, or changed."""


class PartWriter:
    """Writes parts to `target`, each with a size that is known beforehand, and the seal at the end."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._all = hashlib.sha256()

    def add(self, name: str, size_bytes: int, pieces: Iterable[bytes], *, at: int) -> str:
        """Write one part (`at` is its time in seconds) and return the SHA-256 of its content.

        Raises ValueError when the pieces are not as long as was said.
        """
        header = tarfile.TarInfo(name)
        header.size, header.mtime, header.mode = size_bytes, at, 0o600
        self._write(header.tobuf(tarfile.GNU_FORMAT))
        digest, left = hashlib.sha256(), size_bytes
        for piece in pieces:
            digest.update(piece)
            left -= len(piece)
            self._write(piece)
        if left:
            raise ValueError(f"{name} is not as long as it was: {left} bytes are missing.")
        self._write(b"\0" * (-size_bytes % BLOCK))
        return digest.hexdigest()

    def add_bytes(self, name: str, content: bytes, *, at: int) -> str:
        return self.add(name, len(content), [content], at=at)

    def seal(self, *, at: int) -> None:
        """Write the last part and the end of the archive."""
        self.add_bytes(SEAL, f"{self._all.hexdigest()}\n".encode(), at=at)
        self._write(END)

    def _write(self, data: bytes) -> None:
        self._all.update(data)
        self._target.write(data)


@dataclass
class Part:
    """One part while it is read: `pieces` once, and `sha256` after that."""

    name: str
    size_bytes: int
    pieces: Iterator[bytes]
    sha256: str = ""

    def read(self) -> bytes:
        return b"".join(self.pieces)


def parts(source: BinaryIO) -> Iterator[Part]:
    """Yield the parts of an archive but for its seal, which is compared at the end. Raises Damaged."""
    everything = hashlib.sha256()
    last = "the beginning"
    while True:
        before = everything.copy()
        name, size_bytes = _header(_exactly(source, BLOCK, everything, after=last), after=last)
        part = Part(name, size_bytes, iter(()))
        part.pieces = _content(source, part, everything)
        if name == SEAL:
            if size_bytes > BLOCK or part.read() != f"{before.hexdigest()}\n".encode():
                raise Damaged("The archive was changed since it was written: its seal does not fit.")
            if _exactly(source, len(END), everything, after=SEAL) != END or source.read(1):
                raise Damaged("The archive was changed since it was written: something follows its seal.")
            return
        yield part
        for _rest in part.pieces:
            pass
        last = name


def _header(block: bytes, *, after: str) -> tuple[str, int]:
    try:
        found = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise Damaged(f"The archive is damaged after {after}: no part begins there.") from error
    if not found.isreg() or found.size < 0:
        raise Damaged(f"The archive is damaged after {after}: {found.name!r} is not a part of a backup.")
    return found.name, found.size


def _content(source: BinaryIO, part: Part, everything: hashlib._Hash) -> Iterator[bytes]:
    digest, left = hashlib.sha256(), part.size_bytes
    while left:
        piece = _exactly(source, min(left, PIECE), everything, after=part.name)
        left -= len(piece)
        digest.update(piece)
        yield piece
    part.sha256 = digest.hexdigest()
    if _exactly(source, -part.size_bytes % BLOCK, everything, after=part.name).strip(b"\0"):
        raise Damaged(f"The archive is damaged after {part.name}.")


def _exactly(source: BinaryIO, size_bytes: int, everything: hashlib._Hash, *, after: str) -> bytes:
    """Read so many bytes and no less: a pipe gives what it has."""
    found = b""
    while len(found) < size_bytes:
        more = source.read(size_bytes - len(found))
        if not more:
            raise Damaged(f"The archive is cut off: it ends after {after}.")
        found += more
    everything.update(found)
    return found
