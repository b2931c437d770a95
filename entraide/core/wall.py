"""The second wall: PostgreSQL itself shows whoever is behind it the rows of their organisations, whatever is asked.

A scope that is `walled` makes its connection act as the role `entraide_client`, for which every table of an `Owned` model
has a policy, and names its organisations in a setting that the policies read. A forgotten filter finds nothing, a row for
another organisation is refused. A scope without a wall, entered within (with its reason), steps out for as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entraide.core.scope import walled_organisations

ROLE = "entraide_client"
SETTING = "entraide.organisations"
# In a statement of `Scoped`: it follows a relation that may lead to another organisation, from rows that are in scope.
ACROSS = "/* across */"
OPEN = ""
UNKNOWN = None
_STEP = f"SELECT set_config('role', %s, false), set_config('{SETTING}', %s, false)"
# These end or mark what was begun, and may come when nothing else is accepted any more.
_CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


def before_each_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Bring the connection to where the scope wants it, if it is not there, and run the statement."""
    connection, text = context["connection"], str(sql)
    wanted = OPEN if ACROSS in text else _place()
    if connection.stands_at != wanted and not text.startswith(_CONTROL):
        _step(connection, wanted)
    return execute(sql, params, many, context)


def leave(raw: Any) -> None:
    """Bring a connection that goes back to the pool into the open."""
    if getattr(raw, "was_behind_the_wall", False):
        raw.execute(_STEP, ("none", OPEN))
        raw.was_behind_the_wall = False


def _place() -> str:
    organisations = walled_organisations()
    return OPEN if organisations is None else "{" + ",".join(map(str, sorted(organisations))) + "}"


def _step(connection: Any, wanted: str) -> None:
    with connection.wrap_database_errors:
        raw = connection.connection
        if wanted != OPEN:
            # Before the step: whatever happens next, the pool brings it back.
            raw.was_behind_the_wall = True
        raw.execute(_STEP, (ROLE if wanted != OPEN else "none", wanted))
    connection.stands_at = wanted
