"""The tables as they were when an archive was made, bare of what would slow the rows down or react to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from entraide.backups.manifest import Head
from entraide.core.trouble import Trouble

_HERE = "relnamespace = current_schema()::regnamespace"
_FOREIGN_KEYS = f"""
SELECT t.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
WHERE t.{_HERE} AND k.contype = 'f' AND k.conparentid = 0 ORDER BY 1, 2
"""
_INDEXES = f"""
SELECT i.relname, pg_get_indexdef(x.indexrelid) FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.{_HERE} AND t.relkind = 'r' AND NOT t.relispartition AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid)
ORDER BY 1
"""
_TRIGGERS = f"""
SELECT t.relname, g.tgname, g.tgenabled FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE t.{_HERE} AND NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgenabled <> 'D' ORDER BY 1, 2
"""
_FORCED = f"SELECT relname FROM pg_class WHERE {_HERE} AND relforcerowsecurity ORDER BY 1"
_ENABLE = {"O": "ENABLE TRIGGER", "A": "ENABLE ALWAYS TRIGGER", "R": "ENABLE REPLICA TRIGGER"}


def applied_migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationExecutor(connection).loader.applied_migrations}


def require_known(head: Head) -> None:
    """Raise Trouble when this program lacks a migration of the archive: it was made by a newer one."""
    known = {f"{app}.{name}" for app, name in MigrationExecutor(connection).loader.disk_migrations}
    if unknown := sorted(set(head.migrations) - known):
        raise Trouble(
            f"This archive was made by a newer Entraide ({head.entraide}; here it is not known what "
            f"{', '.join(unknown[:3])} did): install that one first."
        )


def migrate_to(head: Head) -> None:
    """Make the tables just as they were where the archive was made. Raises Trouble where the database is ahead of it."""
    if ahead := sorted(applied_migrations() - set(head.migrations)):
        raise Trouble(
            f"This database is ahead of the archive ({', '.join(ahead[:3])}): restore into a new and empty database; "
            "it is brought up to date after the rows are in."
        )
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, _dot, name in (each.partition(".") for each in head.migrations)}
    graph = executor.loader.graph
    last = [key for key in wanted if not any(child.key in wanted for child in graph.node_map[key].children)]
    executor.migrate(sorted(last))
    if missing := sorted(set(head.migrations) ^ applied_migrations()):
        raise Trouble(f"The tables of the archive cannot be made by this program ({', '.join(missing[:3])}).")


@contextmanager
def bare_tables(cursor: Any) -> Iterator[None]:
    """Take keys, indexes, triggers and row security from the tables, and put back exactly these when the block is left well.

    Within one transaction: whoever looks from outside never sees the tables bare.
    """
    foreign_keys, indexes, triggers = (_asked(cursor, each) for each in (_FOREIGN_KEYS, _INDEXES, _TRIGGERS))
    forced = _asked(cursor, _FORCED)
    for table, name, _definition in foreign_keys:
        _alter(cursor, table, "DROP CONSTRAINT {}", name)
    for name, _definition in indexes:
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    for table, name, _state in triggers:
        _alter(cursor, table, "DISABLE TRIGGER {}", name)
    for (table,) in forced:
        _alter(cursor, table, "NO FORCE ROW LEVEL SECURITY")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in foreign_keys:
        _alter(cursor, table, f"ADD CONSTRAINT {{}} {definition}", name)
    for table, name, state in triggers:
        _alter(cursor, table, f"{_ENABLE[state]} {{}}", name)
    for (table,) in forced:
        _alter(cursor, table, "FORCE ROW LEVEL SECURITY")


def _asked(cursor: Any, question: str) -> list[tuple[str, ...]]:
    cursor.execute(question)
    rows: list[tuple[str, ...]] = cursor.fetchall()
    return rows


def _alter(cursor: Any, table: str, what: str, *names: str) -> None:
    words = sql.SQL("ALTER TABLE {} " + what)
    cursor.execute(words.format(sql.Identifier(table), *map(sql.Identifier, names)))
