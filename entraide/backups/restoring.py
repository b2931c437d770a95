"""Putting an archive back into an empty desk: all of it, or a desk that says that it is unfinished and can be started again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from entraide.backups.manifest import FILES, ROWS, SEQUENCES, key_mark
from entraide.backups.parts import Damaged, Part
from entraide.backups.reading import Verified, archive, verify
from entraide.backups.schema import applied_migrations, bare_tables, migrate_to, require_known
from entraide.backups.tables import UNFINISHED, Table, tables
from entraide.core import files, locks
from entraide.core.crash import reach
from entraide.core.jobs import workers_alive
from entraide.core.secrets import accepted_keys
from entraide.core.trouble import Trouble

# Where nobody is, nothing was promised, and no mail has come: whatever else stands there was put there by the migrations.
PEOPLED = ("people_organisation", "people_person", "people_account", "tickets_ticket", "email_incomingmail")


def restore(
    path: Path, *, identities: Sequence[Any], with_another_key: bool, bring_up_to_date: Callable[[], None]
) -> Verified:
    """Put the desk of an archive into this empty one and bring it up to date; return what the archive says of itself.

    Nothing is touched before the whole archive was verified. Raises Trouble.
    """
    found = verify(path, identities=identities)
    require_known(found.head)
    if found.head.key_mark not in map(key_mark, accepted_keys()) and not with_another_key:
        raise Trouble(_another_key())
    with _alone():
        if _begin(found):
            migrate_to(found.head)
            reach("restore:tables")
            _fill(path, identities, found)
        reach("restore:rows")
        bring_up_to_date()
        reach("restore:migrated")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            cursor.execute(f"DROP TABLE {UNFINISHED}")
    return found


def unfinished() -> str:
    """Return of which archive a restore began and did not end in this database, or nothing."""
    with connection.cursor() as cursor:
        if not _exists(cursor, UNFINISHED):
            return ""
        cursor.execute(f"SELECT made_at FROM {UNFINISHED}")
        return str(cursor.fetchone()[0])


@contextmanager
def _alone() -> Iterator[None]:
    """No other restore, no migration and no backup meanwhile; the same session may migrate."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [locks.MIGRATION])
        if not cursor.fetchone()[0]:
            raise Trouble("Another restore, a migration or a backup is going on in this database: wait for its end.")
    try:
        yield
    finally:
        # When the connection is gone, so is the lock.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [locks.MIGRATION])


def _begin(found: Verified) -> bool:
    """Note that this restore has begun, and tell whether its rows are still to come. Raises Trouble unless the desk is empty."""
    made_at = found.head.made_at
    with transaction.atomic(), connection.cursor() as cursor:
        if _exists(cursor, UNFINISHED):
            cursor.execute(f"SELECT made_at, rows_are_in FROM {UNFINISHED}")
            [(other, rows_are_in)] = cursor.fetchall()
            if other != made_at:
                raise Trouble(
                    f"A restore of the archive of {other} has begun in this database and did not end: "
                    "finish that one, or restore into a new and empty database."
                )
            if rows_are_in:
                return False
        _require_empty(cursor)
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {UNFINISHED} (made_at text, rows_are_in boolean)")
        cursor.execute(f"DELETE FROM {UNFINISHED}")
        cursor.execute(f"INSERT INTO {UNFINISHED} VALUES (%s, false)", [made_at])
    return True


def _require_empty(cursor: Any) -> None:
    peopled = [name for name in PEOPLED if _exists(cursor, name) and _has_rows(cursor, name)]
    strange = tables(cursor) and not _exists(cursor, "django_migrations")
    if peopled or strange:
        what = "people, tickets or mails" if peopled else "tables of something else"
        raise Trouble(f"This database is not empty: it has {what}. A backup goes into a new and empty database only.")
    if _exists(cursor, "procrastinate_workers") and applied_migrations() and workers_alive():
        raise Trouble("The desk is running on this database: stop it, then restore.")


def _fill(path: Path, identities: Sequence[Any], found: Verified) -> None:
    """Write every row, sequence and file in one transaction; files are in their place before the rows are to be seen."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off; SET LOCAL statement_timeout = 0")
        expected = {name: Table(name, tuple(columns)) for name, columns in found.head.tables.items()}
        if {each.name: set(each.columns) for each in tables(cursor)} != {
            name: set(each.columns) for name, each in expected.items()
        }:
            raise Trouble(
                "The tables here are not those of the archive although the migrations are: nothing was restored."
            )
        with bare_tables(cursor):
            names = sql.SQL(", ").join(map(sql.Identifier, expected))
            cursor.execute(sql.SQL("TRUNCATE {}").format(names))
            read = dict.fromkeys(expected, 0)
            for kind, group in groupby(archive(path, identities=identities), key=_kind):
                if kind.startswith(ROWS):
                    table = expected[kind.removeprefix(ROWS)]
                    read[table.name] = _copy(cursor, table, group)
                elif kind == SEQUENCES:
                    _set_sequences(cursor, next(group).read())
                elif kind == FILES:
                    _keep(group)
            if wrong := sorted(name for name, n in read.items() if n != found.manifest.rows[name]):
                raise Damaged(f"The rows of {wrong[0]} are not as many as were written: nothing was restored.")
        cursor.execute(f"UPDATE {UNFINISHED} SET rows_are_in = true")


def _kind(part: Part) -> str:
    """What a part is restored with: all chunks of a table together, all files together."""
    if part.name.startswith(ROWS):
        return part.name.rpartition("/")[0]
    return FILES if part.name.startswith(FILES) else part.name


def _copy(cursor: Any, table: Table, chunks: Iterator[Part]) -> int:
    with cursor.copy(table.copy("FROM STDIN")) as copy:
        for chunk in chunks:
            copy.write(gzip.decompress(chunk.read()))
            reach("restore:chunk")
    return int(cursor.rowcount)


def _set_sequences(cursor: Any, content: bytes) -> None:
    for name, (last, is_called) in json.loads(content).items():
        cursor.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", [name, last, is_called])


def _keep(group: Iterator[Part]) -> None:
    for part in group:
        kept = files.store(part.pieces)
        if kept.digest != part.name.removeprefix(FILES):
            raise Damaged(f"The file {part.name} changed while it was read.")


def _exists(cursor: Any, table: str) -> bool:
    cursor.execute("SELECT to_regclass(quote_ident(%s)) IS NOT NULL", [table])
    return bool(cursor.fetchone()[0])


def _has_rows(cursor: Any, table: str) -> bool:
    cursor.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table)))
    return bool(cursor.fetchone()[0])


def _another_key() -> str:
    return (
        "The desk of this archive had another secret key: passwords of mailboxes, addresses of webhooks and links in mails "
        f"could not be used. Put its key into {settings.ENTRAIDE.data_dir / 'secret_key'} or ENTRAIDE_SECRET_KEY, "
        "then restore again. If it is lost, --with-another-key restores the rest, and those are to be entered anew."
    )
