"""A connection that stands where the scope says: on this side of the wall or on the other, before each statement."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from entraide.core import wall


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, which remembers where it stands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stands_at: str | None = wall.OPEN
        self.execute_wrappers.append(wall.before_each_statement)

    def get_new_connection(self, conn_params: Any) -> Any:
        # A new one stands in the open, and so does one of the pool: `wall.leave` saw to it.
        self.stands_at = wall.OPEN
        return super().get_new_connection(conn_params)

    # What is undone takes along where the connection stood: it is asked for again before the next statement.

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self.stands_at = wall.UNKNOWN

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.stands_at = wall.UNKNOWN
