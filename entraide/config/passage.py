"""Letting the user that runs the embedded PostgreSQL reach its files when Entraide itself runs as root."""

from __future__ import annotations

import errno
import os
import pwd
import struct
import subprocess
from pathlib import Path

from entraide.core.trouble import Trouble

NAME = "postgres"
SEARCH = 1
# The access list of a folder as the kernel keeps it: a version, then (tag, permissions, who), sorted. See acl(5).
LIST = "system.posix_acl_access"
VERSION = struct.pack("<I", 2)
ENTRY = struct.Struct("<HHI")
OWNER, USER, GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20
NOBODY_BY_NAME = 0xFFFFFFFF


def service_user() -> pwd.struct_passwd:
    """Return the user that PostgreSQL runs as under root, made if there is none. Raises Trouble."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(
            f"PostgreSQL does not run as root, and no user {NAME} could be made: run Entraide as another user."
        ) from error
    return pwd.getpwnam(NAME)


def let_pass(folder: Path, uid: int) -> None:
    """Let this user, and nobody else, pass through the folder and those above it (pass, not list)."""
    for each in (folder, *folder.parents):
        about = each.stat()
        owner_may = about.st_uid == uid and about.st_mode & 0o100
        if not about.st_mode & 0o001 and not owner_may:
            _let_pass_one(each, uid)


def _let_pass_one(folder: Path, uid: int) -> None:
    entries = _entries(folder)
    entries[USER, uid] = entries.get((USER, uid), 0) | SEARCH
    entries[MASK, NOBODY_BY_NAME] = entries.get((MASK, NOBODY_BY_NAME), entries[GROUP, NOBODY_BY_NAME]) | SEARCH
    packed = VERSION + b"".join(ENTRY.pack(tag, may, who) for (tag, who), may in sorted(entries.items()))
    try:
        os.setxattr(folder, LIST, packed)
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.EINVAL):
            raise
        # A file system without access lists: then everybody may pass, which is the least it can be told.
        folder.chmod(folder.stat().st_mode | 0o001)


def _entries(folder: Path) -> dict[tuple[int, int], int]:
    """Return (tag, who) -> permissions: those of the list, or of the mode where there is no list."""
    try:
        packed = os.getxattr(folder, LIST)
    except OSError:
        mode = folder.stat().st_mode
        return {
            (OWNER, NOBODY_BY_NAME): mode >> 6 & 7,
            (GROUP, NOBODY_BY_NAME): mode >> 3 & 7,
            (OTHERS, NOBODY_BY_NAME): mode & 7,
        }
    return {(tag, who): may for tag, may, who in ENTRY.iter_unpack(packed[len(VERSION) :])}
