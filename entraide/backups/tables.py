"""What of the database belongs into a backup, asked of the database itself: a new table is in it without anyone remembering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

# Columns that hold the address of a kept file; a test looks for more of them.
REFERENCES = (("tickets_attachment", "digest"), ("people_brand", "logo_digest"))
# What a restore writes down of itself until it is finished.
UNFINISHED = "entraide_unfinished_restore"

_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relname <> %s
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'S' ORDER BY c.relname
"""


@dataclass(frozen=True)
class Table:
    """A table and its columns, but for those that the database computes."""

    name: str
    columns: tuple[str, ...]

    def copy(self, direction: str) -> sql.Composed:
        """Return the COPY that reads (`TO STDOUT`) or writes (`FROM STDIN`) its rows."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        name = sql.Identifier(self.name)
        if direction == "FROM STDIN":
            return sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)
        # A SELECT and not the table itself: the rows of partitions belong to it.
        return sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(columns, name)


def tables(cursor: Any) -> list[Table]:
    """Return every table of the desk, whichever room or package made it, in the order of their names."""
    cursor.execute(_TABLES, [UNFINISHED])
    return [Table(name, tuple(columns)) for name, columns in cursor.fetchall()]


def sequences(cursor: Any) -> dict[str, tuple[int, bool]]:
    """Return where each sequence stands: its last value, and whether that was given out."""
    cursor.execute(_SEQUENCES)
    names = [name for (name,) in cursor.fetchall()]
    found = {}
    for name in names:
        cursor.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name)))
        [(last, is_called)] = cursor.fetchall()
        found[name] = (int(last), bool(is_called))
    return found
