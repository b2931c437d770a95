"""What an archive says of itself: the head before everything else, the manifest after it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from entraide.core.secrets import derived
from entraide.core.trouble import Trouble

FORMAT = 1
HEAD, SEQUENCES, MANIFEST = "entraide.json", "sequences.json", "manifest.json"
ROWS, FILES = "rows/", "files/"
NAMED_AT_MOST = 1000
BESIDE = "The secret key of the desk (ENTRAIDE_SECRET_KEY, or the file secret_key of the data folder) is not in here: keep it elsewhere."


@dataclass(frozen=True)
class Head:
    """What must be known before anything is read: which program made it, of which schema, with which secret key."""

    made_at: str
    entraide: str
    server: str
    # Each applied migration, as "app.name".
    migrations: list[str]
    # The columns of each table, in the order of its rows.
    tables: dict[str, list[str]]
    key_mark: str
    format: int = FORMAT
    keep_beside: str = BESIDE


@dataclass
class Manifest:
    """What was written: the SHA-256 of each part but the files (a file's name is its own), and how much of everything."""

    parts: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    files_bytes: int = 0
    # Files of which the database knows and which were not there, or no longer what they were.
    lost: int = 0
    lost_names: list[str] = field(default_factory=list)

    def miss(self, digest: str) -> None:
        self.lost += 1
        if len(self.lost_names) < NAMED_AT_MOST:
            self.lost_names.append(digest)


def key_mark(key: str = "") -> str:
    """Return what tells one secret key (today's, or a former one) from another without giving it away."""
    return derived(8, purpose="mark of the secret key in a backup", key=key).hex()


def as_json(document: Any) -> bytes:
    plain = document if isinstance(document, dict) else asdict(document)
    return json.dumps(plain, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def head_of(content: bytes) -> Head:
    """Read a head. Raises Trouble for one of a newer program, or of no backup."""
    found = _document(content)
    if found.get("format", 0) > FORMAT:
        raise Trouble(f"This archive was made by a newer Entraide ({found.get('entraide')}): install that one first.")
    head: Head = _made(Head, found)
    return head


def manifest_of(content: bytes) -> Manifest:
    manifest: Manifest = _made(Manifest, _document(content))
    return manifest


def _document(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise Trouble("This is not a backup of Entraide.") from error
    return found if isinstance(found, dict) else {}


def _made(kind: Any, found: dict[str, Any]) -> Any:
    try:
        return kind(**found)
    except TypeError as error:
        raise Trouble("This is not a backup of Entraide.") from error
