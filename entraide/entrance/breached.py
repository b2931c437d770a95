"""Passwords that stand in published lists of stolen ones, looked up in a file on this machine: nothing about a password leaves it.

The file is a mark and then the first ten bytes of each SHA-1, in order: a look-up is a binary search in what the system has
mapped, and of a million different passwords not one is mistaken for a stolen one.
"""

from __future__ import annotations

import hashlib
import heapq
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

MARK = b"entraide-stolen\x01"
WIDTH = 10
AT_ONCE = 2_000_000


class NotAList(ValueError):
    """A line is no SHA-1; the message says which."""


def is_stolen(password: str, path: Path) -> bool:
    """Tell whether `password` stands in the list; without a file nothing does."""
    try:
        known = os.stat(path)
    except OSError:
        return False
    listed = _mapped(str(path), known.st_mtime_ns, known.st_size)
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).digest()[:WIDTH]
    low, high = 0, (len(listed) - len(MARK)) // WIDTH
    while low < high:
        middle = (low + high) // 2
        if _at(listed, middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return low < (len(listed) - len(MARK)) // WIDTH and _at(listed, low) == wanted


def count(path: Path) -> int:
    """Return how many passwords the list has; 0 without one."""
    return max(0, (path.stat().st_size - len(MARK)) // WIDTH) if path.exists() else 0


def make_list(lines: Iterable[str], path: Path, *, seen_at_least: int = 1) -> int:
    """Make the list from lines `SHA-1` or `SHA-1:how often`, in any order; return how many it has. Raises NotAList.

    Memory stays bounded: what does not fit is sorted in parts beside the list. The old list serves until the new one is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".stolen-") as folder:
        parts = [_sorted_part(each, Path(folder), n) for n, each in enumerate(_portions(lines, seen_at_least))]
        made = Path(folder) / "list"
        n = 0
        with made.open("wb") as out:
            out.write(MARK)
            before = b""
            for each in heapq.merge(*(_read_part(part) for part in parts)):
                if each != before:
                    out.write(each)
                    n += 1
                before = each
            out.flush()
            os.fsync(out.fileno())
        os.replace(made, path)
    return n


def _portions(lines: Iterable[str], seen_at_least: int) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    for number, line in enumerate(lines, 1):
        text, _colon, times = line.strip().lstrip("\ufeff").partition(":")
        if not text:
            continue
        try:
            digest = bytes.fromhex(text)
            often = int(times) if times else seen_at_least
        except ValueError as error:
            raise NotAList(f"Line {number} is not a SHA-1, as in {'5BAA61E4…:9545824'!r}.") from error
        if len(digest) != 20:
            raise NotAList(f"Line {number} is not a SHA-1: it has {len(text)} characters, not 40.")
        if often >= seen_at_least:
            portion.append(digest[:WIDTH])
        if len(portion) >= AT_ONCE:
            yield portion
            portion = []
    yield portion


def _sorted_part(portion: list[bytes], folder: Path, number: int) -> Path:
    portion.sort()
    part = folder / f"part-{number}"
    part.write_bytes(b"".join(portion))
    return part


def _read_part(part: Path) -> Iterator[bytes]:
    with part.open("rb") as source:
        while piece := source.read(WIDTH * 4096):
            for start in range(0, len(piece), WIDTH):
                yield piece[start : start + WIDTH]


def _at(listed: mmap.mmap, place: int) -> bytes:
    start = len(MARK) + place * WIDTH
    return listed[start : start + WIDTH]


@lru_cache(maxsize=2)
def _mapped(path: str, changed_ns: int, size: int) -> mmap.mmap:
    """Return the file in memory as it is now; a newer one is mapped anew."""
    with open(path, "rb") as source:
        listed = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    if listed[: len(MARK)] != MARK:
        raise NotAList(f"{path} is not a list of stolen passwords: make it with `entraide passwords import`.")
    return listed
