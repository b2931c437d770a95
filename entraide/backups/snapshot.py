"""The whole database as it was at one instant, while people go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from entraide.backups.tables import REFERENCES, Table, sequences, tables
from entraide.core import locks
from entraide.core.trouble import Trouble

CHUNK = 4 * 1024**2
_BEGIN = """
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
-- A rule that hides rows from this user must not make a backup without them: it is an error then.
SET LOCAL row_security = off;
"""


class Snapshot:
    """Reads from one instant. `rows` counts what was read of each table."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self._session = session
        self.rows: dict[str, int] = {}
        with session.cursor() as cursor:
            self.tables = tables(cursor)
            # After the instant: no number that a row of it carries is given out again.
            self.sequences = sequences(cursor)
            self.server = str(cursor.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]
            applied = cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id").fetchall()
        self.migrations = [str(name) for (name,) in applied]

    def chunks(self, table: Table) -> Iterator[bytes]:
        """Yield the rows of a table in COPY's text format, some megabytes at a time, cut anywhere."""
        held = bytearray()
        with self._session.cursor() as cursor:
            with cursor.copy(table.copy("TO STDOUT")) as copy:
                for row in copy:
                    held += row
                    if len(held) >= CHUNK:
                        yield bytes(held)
                        held.clear()
            self.rows[table.name] = cursor.rowcount
        if held:
            yield bytes(held)

    def files_known(self) -> Iterator[str]:
        """Yield the address of each file of which the database knows."""
        known = {table.name for table in self.tables}
        for table, column in REFERENCES:
            if table not in known:
                continue
            query = sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} <> '' ORDER BY 1").format(
                sql.Identifier(column), sql.Identifier(table)
            )
            with self._session.cursor(name="files_known") as cursor:
                for (digest,) in cursor.execute(query):
                    yield digest


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Give the database at this instant; migrations wait until the block is left. Raises Trouble where rows are hidden."""
    params = connection.get_connection_params()
    with psycopg.connect(**params | {"autocommit": True, "cursor_factory": psycopg.Cursor}) as session:
        session.execute("SELECT pg_advisory_lock_shared(%s)", [locks.MIGRATION])
        session.execute(_BEGIN)
        try:
            yield Snapshot(session)
        except psycopg.errors.InsufficientPrivilege as error:
            raise Trouble(
                f"The database user may not read everything ({str(error).splitlines()[0]}): "
                "a backup needs a user who sees all rows (the owner of the tables, or one with BYPASSRLS)."
            ) from error
