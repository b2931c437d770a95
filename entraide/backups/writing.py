"""Writing an archive: under its name it is whole, or not there at all."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from entraide.backups.manifest import FILES, HEAD, MANIFEST, ROWS, SEQUENCES, Head, Manifest, as_json, key_mark
from entraide.backups.parts import PIECE, PartWriter
from entraide.backups.sealing import sealed
from entraide.backups.snapshot import Snapshot, snapshot
from entraide.core import files
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.trouble import Trouble

NAME = re.compile(r"entraide-\d{8}T\d{6}Z\.tar(\.age)?")
UNFINISHED_FOR = timedelta(days=2)
LEVEL = 5
# A file up to this size is read once; a larger one is looked through before it is written.
AT_ONCE = 8 * 1024**2


@dataclass(frozen=True)
class Written:
    """A finished archive."""

    path: Path
    size_bytes: int
    manifest: Manifest


def write(folder: Path, *, recipients: Sequence[Any] = ()) -> Written:
    """Write the whole desk into a new archive in `folder` and return it. Raises Trouble; nothing half-written stays."""
    at = now()
    path = folder / f"entraide-{at:%Y%m%dT%H%M%SZ}.tar{'.age' if recipients else ''}"
    manifest = Manifest()
    with (
        _whole(path) as target,
        sealed(target, recipients) if recipients else nullcontext(target) as stream,
        snapshot() as taken,
    ):
        _write(PartWriter(stream), taken, manifest, at)
    return Written(path, path.stat().st_size, manifest)


def prune(folder: Path, *, keep: timedelta) -> list[str]:
    """Remove the archives that are older than `keep`, never the newest, and drafts of crashed runs; return the names."""
    removed = []
    archives = sorted(each for each in folder.iterdir() if NAME.fullmatch(each.name))
    oldest = f"entraide-{now() - keep:%Y%m%dT%H%M%SZ}"
    for path in archives[:-1]:
        if path.name < oldest:
            path.unlink()
            removed.append(path.name)
    for path in folder.glob(".entraide-*.unfinished"):
        if path.stat().st_mtime < (now() - UNFINISHED_FOR).timestamp():
            path.unlink(missing_ok=True)
    return removed


def _write(archive: PartWriter, taken: Snapshot, manifest: Manifest, at: datetime) -> None:
    second = int(at.timestamp())
    head = Head(
        made_at=at.isoformat(),
        entraide=version("entraide"),
        server=taken.server,
        migrations=taken.migrations,
        tables={table.name: list(table.columns) for table in taken.tables},
        key_mark=key_mark(),
    )
    manifest.parts[HEAD] = archive.add_bytes(HEAD, as_json(head), at=second)
    for table in taken.tables:
        for number, chunk in enumerate(taken.chunks(table), start=1):
            name = f"{ROWS}{table.name}/{number:06}.copy.gz"
            manifest.parts[name] = archive.add_bytes(name, gzip.compress(chunk, LEVEL, mtime=0), at=second)
            reach("backup:rows")
    manifest.rows = taken.rows
    sequences = {name: list(value) for name, value in taken.sequences.items()}
    manifest.parts[SEQUENCES] = archive.add_bytes(SEQUENCES, as_json(sequences), at=second)
    _write_files(archive, taken, manifest, second)
    archive.add_bytes(MANIFEST, as_json(manifest), at=second)
    archive.seal(at=second)


def _write_files(archive: PartWriter, taken: Snapshot, manifest: Manifest, second: int) -> None:
    """Write every file that is kept: whatever the snapshot mentions was on the disk before it was taken."""
    changed = set()
    for digest in files.stored():
        try:
            with files.open_stored(digest) as source:
                if _sha256(source) != digest:
                    changed.add(digest)
                    continue
                source.seek(0)
                size = os.fstat(source.fileno()).st_size
                archive.add(f"{FILES}{digest}", size, _pieces(source), at=second)
        except files.FileMissing:
            # Erased since the folder was read: whether anything knows of it is asked below.
            continue
        manifest.files += 1
        manifest.files_bytes += size
    for digest in taken.files_known():
        if digest in changed or not files.is_stored(digest):
            manifest.miss(digest)


def _sha256(source: BinaryIO) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(source):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """Give a file that gets its name when the block is left well, and is on the disk by then."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb", PIECE) as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        reach("backup:name")
        if path.exists():
            raise Trouble(f"{path} is there already: nothing was written over it.")
        draft.rename(path)
        files.sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise Trouble(f"{path} cannot be written ({error.strerror}): free some space or mend the folder.") from error
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
