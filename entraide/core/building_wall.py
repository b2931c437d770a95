"""Building the wall after the migrations, from the models: a new table has its policy without anyone remembering."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, transaction
from psycopg.errors import DuplicateObject, InsufficientPrivilege, UniqueViolation

from entraide.core.owned import Owned
from entraide.core.trouble import Trouble
from entraide.core.wall import ROLE, SETTING

POLICY = "entraide_wall"
_OURS = f"organisation_id = ANY (NULLIF(current_setting('{SETTING}', true), '')::bigint[])"
# Tables without an organisation of their own that hang below rows which have one.
BELOW = {
    "people_account": "person_id IN (SELECT id FROM people_person)",
    "people_rolegrant": "person_id IN (SELECT id FROM people_person)",
    "api_apitoken": "person_id IN (SELECT id FROM people_person)",
    "email_incomingmail": "ticket_id IN (SELECT id FROM tickets_ticket)",
}


def conditions() -> dict[str, str]:
    """Return, for each table that the wall guards, which rows are shown behind it."""
    owned = {each._meta.db_table: _OURS for each in apps.get_models() if issubclass(each, Owned)}
    return owned | BELOW


def build_wall() -> None:
    """Make what is missing: the role, its rights, a policy on every table. Raises Trouble where the database forbids it."""
    _require_role()
    for table in list(_unguarded()):
        with transaction.atomic(), connection.cursor() as cursor:
            # Whoever waits for the table waits for us: rather try again at the next start than stand in the way.
            cursor.execute("SET LOCAL lock_timeout = '10s'")
            cursor.execute(f"DROP POLICY IF EXISTS {POLICY} ON {table}")
            cursor.execute(f"CREATE POLICY {POLICY} ON {table} USING ({conditions()[table]})")
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    if _tables_without_rights():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def holes() -> list[str]:
    """Return what is missing of the wall, as sentences; empty when it stands."""
    if not _role_can_be_entered():
        return [f"The role {ROLE} is missing, or this user is not a member of it."]
    open_tables = [f"The table {table} has no policy." for table in _unguarded()]
    return open_tables + [f"The role {ROLE} has no rights on {table}." for table in _tables_without_rights()]


def require_wall() -> None:
    """Raise Trouble unless the wall stands."""
    if found := holes():
        raise Trouble(f"The wall between organisations has holes ({' '.join(found)}): run `entraide migrate`.")


def _require_role() -> None:
    if _role_can_be_entered():
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if cursor.fetchone() is None:
                _make_role()
            if not _role_can_be_entered():
                cursor.execute(f"GRANT {ROLE} TO CURRENT_USER")
    except Exception as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        raise Trouble(
            f"The database user {_user()} may not make the role {ROLE}, behind which requesters and clients are kept. "
            f'As a superuser, run once: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO "{_user()}";'
        ) from error


def _make_role() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
    except Exception as error:
        # Another desk of the same server may have just made it.
        if not isinstance(error.__cause__, DuplicateObject | UniqueViolation):
            raise


def _role_can_be_entered() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [ROLE])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT current_setting('server_version_num')::int >= 160000")
        kind = "SET" if cursor.fetchone()[0] else "MEMBER"
        cursor.execute("SELECT pg_has_role(current_user, %s, %s)", [ROLE, kind])
        return bool(cursor.fetchone()[0])


def _unguarded() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity AND p.polname = %s",
            [POLICY],
        )
        guarded = {table for (table,) in cursor.fetchall()}
    yield from sorted(set(conditions()) - guarded)


def _tables_without_rights() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND "
            "(relkind IN ('r', 'p') AND NOT has_table_privilege(%s, oid, 'UPDATE') "
            "OR relkind = 'S' AND NOT has_sequence_privilege(%s, oid, 'USAGE')) ORDER BY relname",
            [ROLE, ROLE],
        )
        return [name for (name,) in cursor.fetchall()]


def _user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])
