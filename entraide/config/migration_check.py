"""Which migrations keep people waiting, or break the programs that still run while a newer one is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

QUICK = (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
    operations.AlterModelManagers,
    operations.AlterModelOptions,
    operations.AlterModelTableComment,
    operations.AlterOrderWithRespectTo,
    operations.CreateModel,
    operations.RemoveConstraint,
)
GOES = (
    operations.AlterModelTable,
    operations.DeleteModel,
    operations.RemoveField,
    operations.RenameField,
    operations.RenameModel,
)


@dataclass(frozen=True)
class Obstacle:
    """What is wrong with one step for a desk that goes on working; `table` is the one that it locks."""

    what: str
    instead: str
    table: str = ""


def obstacles(migration: Migration, before: ProjectState) -> Iterator[Obstacle]:
    """Yield what of a migration locks a table for long or breaks older programs; `before` is the state it begins with.

    Tables that it makes itself hold nothing yet. A migration of which a person has seen that it is quick says why, in `quick`.
    """
    if getattr(migration, "quick", ""):
        return
    state, fresh = before.clone(), set[str]()
    for operation in _flat(migration.operations):
        if isinstance(operation, operations.CreateModel):
            fresh.add(operation.name_lower)
        if str(getattr(operation, "model_name", "")).lower() not in fresh:
            yield from _of(operation, migration.app_label, state)
        operation.state_forwards(migration.app_label, state)


def _flat(given: Any) -> Iterator[Any]:
    for operation in given:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _of(operation: Any, app: str, state: ProjectState) -> Iterator[Obstacle]:
    if isinstance(operation, QUICK):
        return
    if isinstance(operation, GOES):
        yield Obstacle(
            f"{operation.describe()}: programs of the version before, which may still run, look for it",
            "let it go in the version after the one that no longer uses it",
        )
        return
    if isinstance(operation, operations.RunSQL | operations.RunPython):
        yield Obstacle(
            f"{operation.describe()}: what it locks cannot be seen from outside",
            "look, go in small batches, and say in `quick` of the migration why it keeps nobody waiting",
        )
        return
    table = state.apps.get_model(app, operation.model_name)._meta.db_table if hasattr(operation, "model_name") else ""
    if isinstance(operation, operations.AddIndex):
        yield Obstacle(
            f"{operation.describe()}: nobody writes while it is built",
            "AddIndexConcurrently, with atomic = False",
            table,
        )
    elif isinstance(operation, operations.AddConstraint):
        is_check = isinstance(operation.constraint, models.CheckConstraint)
        instead = "AddConstraintNotValid, then ValidateConstraint" if is_check else "a unique index, made concurrently"
        yield Obstacle(f"{operation.describe()}: nobody writes while every row is looked at", instead, table)
    elif isinstance(operation, operations.AddField):
        yield from _of_field(operation, table)
    elif isinstance(operation, operations.AlterField):
        yield from _of_change(operation, app, state, table)


def _of_field(operation: operations.AddField, table: str) -> Iterator[Obstacle]:
    field: Any = operation.field
    if field.many_to_many:
        return
    if getattr(field, "generated", False):
        yield Obstacle(
            f"{operation.describe()}: the whole table is written anew", "a plain column, filled in batches", table
        )
        return
    if not field.null and field.db_default is NOT_PROVIDED:
        yield Obstacle(
            f"{operation.describe()}: programs of the version before cannot write a row without it",
            "null=True or db_default",
        )
    if field.unique or field.db_index:
        yield Obstacle(
            f"{operation.describe()}: nobody writes while its index is built",
            "db_index=False (unique=False), then AddIndexConcurrently", table,
        )  # fmt: skip


def _of_change(operation: operations.AlterField, app: str, state: ProjectState, table: str) -> Iterator[Obstacle]:
    old: Any = state.apps.get_model(app, operation.model_name)._meta.get_field(operation.name)
    after = state.clone()
    operation.state_forwards(app, after)
    new: Any = after.apps.get_model(app, operation.model_name)._meta.get_field(operation.name)
    if old.db_type(connection) != new.db_type(connection) and not _is_only_longer(old, new):
        yield Obstacle(
            f"{operation.describe()}: the whole table is written anew", "a new column, filled in batches", table
        )
    if old.null and not new.null:
        yield Obstacle(
            f"{operation.describe()}: nobody reads while every row is looked at",
            "a check constraint “is not null”, not valid at first, then validated", table,
        )  # fmt: skip
    if (new.unique or new.db_index) and not (old.unique or old.db_index):
        yield Obstacle(f"{operation.describe()}: nobody writes while its index is built", "AddIndexConcurrently", table)


def _is_only_longer(old: Any, new: Any) -> bool:
    """PostgreSQL lets a text become longer without a look at the rows."""
    if not isinstance(old, models.CharField) or not isinstance(new, models.CharField | models.TextField):
        return False
    return new.max_length is None or bool(old.max_length and new.max_length >= old.max_length)
