"""Whether two desks are the same: every row, every file, and the tables themselves."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

SCHEMA = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default, is_generated, generation_expression"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "row security": "SELECT relname, relrowsecurity, relforcerowsecurity, relpersistence FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    "sequences": "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND sequencename NOT IN ('backups_backup_id_seq', 'audit_entry_id_seq')",
}


def everything(url: str) -> dict[str, Counter[Any]]:
    """Return each table's rows, and what the catalogue says of the tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = {
            name: Counter(tuple(map(_plain, row)) for row in connection.execute(question).fetchall())
            for name, question in SCHEMA.items()
        }
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            wanted = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))
            if name == "audit_entry":
                wanted += sql.SQL(" WHERE act NOT IN ('backup_made', 'desk_restored')")
            rows = connection.execute(wanted)
            found[f"rows of {name}"] = Counter(rows.fetchall())
    return found


def differences(one: dict[str, Counter[Any]], other: dict[str, Counter[Any]]) -> dict[str, Any]:
    """Return what is in one of them only, by name; what is noted of backups is written after them, so it is not in them."""
    return {
        name: (
            one.get(name, Counter()) - other.get(name, Counter()),
            other.get(name, Counter()) - one.get(name, Counter()),
        )
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name) and name != "rows of backups_backup"
    }


def files_of(data_dir: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a desk, by its place."""
    root = data_dir / "files"
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def _plain(value: Any) -> Any:
    """Drop the casts and brackets with which PostgreSQL repeats a list in the condition of an index: they say the same."""
    return re.sub(r"::[a-z ]+(\[\])?|[()]", "", value) if isinstance(value, str) else value
