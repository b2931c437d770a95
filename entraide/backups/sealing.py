"""Encryption of a backup by age (age-encryption.org): whoever has the archive and not the identity reads nothing.

Both ways run beside the work in a thread, through a pipe: no more than a few megabytes are ever held.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from entraide.backups.parts import PIECE, Damaged
from entraide.core.trouble import Trouble

MARK = b"age-encryption.org/v1"


class NotForThisKey(Trouble):
    """The archive was not encrypted for this identity."""


def new_identity() -> tuple[str, str]:
    """Return a new identity, which decrypts, and its recipient, which encrypts and may be known to anybody."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipients_of(wanted: Sequence[str]) -> list[Any]:
    """Return whom to encrypt for: recipients (age1…, ssh-ed25519 …) or files that list them or hold an identity.

    Raises Trouble for what is neither.
    """
    return [found for each in wanted for line in _lines(each) for found in [_recipient(line)]]


def identities_in(path: Path) -> list[Any]:
    """Return the identities of a file, as `entraide backup key` or age-keygen wrote it. Raises Trouble."""
    try:
        lines = _meaning(path.read_text())
        return [pyrage.x25519.Identity.from_str(line) for line in lines] or _no_identity(path)
    except (pyrage.IdentityError, UnicodeDecodeError):
        try:
            return [pyrage.ssh.Identity.from_buffer(path.read_bytes())]
        except pyrage.IdentityError as error:
            raise Trouble(f"{path} holds no identity: it begins with AGE-SECRET-KEY-1.") from error


@contextmanager
def sealed(target: BinaryIO, recipients: Sequence[Any]) -> Iterator[BinaryIO]:
    """Give a stream whose bytes arrive in `target` encrypted; all of them have when the block is left."""
    ours, theirs = _pipe()
    remembered = _Remembering(target)

    def encrypt() -> None:
        with ours:
            pyrage.encrypt_io(ours, remembered, list(recipients))

    thread = _Beside(encrypt)
    try:
        with theirs:
            yield theirs
    except BrokenPipeError:
        thread.end()
        raise remembered.error or thread.error or Trouble("The encryption ended early.") from None
    except BaseException:
        thread.end()
        raise
    thread.end()
    if thread.error:
        raise remembered.error or thread.error


@contextmanager
def opened(path: Path, identities: Sequence[Any]) -> Iterator[BinaryIO]:
    """Give the archive as it was before encryption. Raises Trouble (no identity), NotForThisKey, Damaged."""
    with path.open("rb") as source:
        if not is_encrypted(path):
            yield source
            return
        if not identities:
            raise Trouble(f"{path} is encrypted: say with --identity in which file the identity is.")
        ours, theirs = _pipe()

        def decrypt() -> None:
            with theirs:
                pyrage.decrypt_io(source, theirs, list(identities))

        thread = _Beside(decrypt)
        try:
            with ours:
                yield ours
        except BaseException as error:
            thread.end()
            # Cut off is what the reader sees; why is what the thread knows.
            if isinstance(error, Damaged) and thread.error:
                raise _reason(thread.error, path) from error
            raise
        thread.end()
        if thread.error:
            raise _reason(thread.error, path)


def is_encrypted(path: Path) -> bool:
    with path.open("rb") as source:
        return source.read(len(MARK)) == MARK


def _reason(error: BaseException, path: Path) -> Trouble:
    if "No matching keys" in str(error):
        return NotForThisKey(
            f"{path} was not encrypted for this identity: take the one that belongs to the recipient it was made for."
        )
    return Damaged(f"{path} is damaged: it cannot be decrypted to its end ({error}).")


def _no_identity(path: Path) -> list[Any]:
    raise Trouble(f"{path} holds no identity: it begins with AGE-SECRET-KEY-1.")


def _lines(wanted: str) -> list[str]:
    if wanted.startswith(("age1", "ssh-")):
        return [wanted]
    try:
        lines = _meaning(Path(wanted).read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{wanted!r} is neither a recipient (age1…) nor a file that lists some.") from error
    if not lines:
        raise Trouble(f"{wanted} lists no recipient: one line each, as age1….")
    return lines


def _meaning(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _recipient(line: str) -> Any:
    try:
        if line.startswith("AGE-SECRET-KEY-"):
            return pyrage.x25519.Identity.from_str(line).to_public()
        if line.startswith("ssh-"):
            return pyrage.ssh.Recipient.from_str(line)
        return pyrage.x25519.Recipient.from_str(line)
    except (pyrage.RecipientError, pyrage.IdentityError) as error:
        # It may be an identity with a slip in it: it is not repeated.
        raise Trouble(f"A recipient cannot be read ({error}): it looks like age1 and 58 letters.") from error


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    reads, writes = os.pipe()
    return os.fdopen(reads, "rb", PIECE), os.fdopen(writes, "wb", PIECE)


class _Beside:
    """Something that runs in a thread of its own; `error` is why it ended early."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.error = error


class _Remembering:
    """A target that keeps its own error: through the encryption it comes back as text alone."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._target.write(data)
        except BaseException as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._target.flush()
