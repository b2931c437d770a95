"""A newer Entraide on an older database: nobody waits long for a migration, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from entraide.config.migration_check import obstacles

# What every desk has that exists: the first desks began with these.
BEFORE_THE_RULE = {
    "api": 2,
    "audit": 2,
    "automation": 3,
    "email": 2,
    "hooks": 2,
    "notifications": 4,
    "people": 3,
    "routines": 4,
    "sla": 4,
    "tickets": 16,
}


def test_no_new_migration_keeps_people_waiting() -> None:
    """A migration after those above is quick, works beside the program before it, or says why in `quick`."""
    loader = MigrationLoader(None)
    state, told = ProjectState(), []
    done: set[Any] = set()
    for leaf in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(leaf):
            if key in done:
                continue
            done.add(key)
            migration = loader.graph.nodes[key]
            app, name = key
            is_ours = migration.__module__.startswith("entraide.")
            if is_ours and int(name[:4]) > BEFORE_THE_RULE.get(app, 0) and int(name[:4]) > 1:
                told += [f"{app}.{name}: {each.what}. Instead: {each.instead}." for each in obstacles(migration, state)]
            state = migration.mutate_state(state, preserve=False)
    assert told == []


def state() -> ProjectState:
    made = ProjectState()
    made.add_model(
        ModelState(
            "shop",
            "Book",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=10, null=True))],
        )
    )
    return made


def found(*operations: Any) -> list[str]:
    migration = migrations.Migration("0002_x", "shop")
    migration.operations = list(operations)
    return [each.what for each in obstacles(migration, state())]


INDEX = models.Index(fields=["name"], name="book_name")
CHECK = models.CheckConstraint(condition=models.Q(id__gt=0), name="book_positive")


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (migrations.AddIndex("book", INDEX), "nobody writes while it is built"),
        (migrations.AddConstraint("book", CHECK), "every row is looked at"),
        (migrations.AddField("book", "pages", models.IntegerField(default=0)), "cannot write a row without it"),
        (migrations.AddField("book", "isbn", models.TextField(null=True, db_index=True)), "its index is built"),
        (migrations.AlterField("book", "name", models.IntegerField(null=True)), "written anew"),
        (migrations.AlterField("book", "name", models.CharField(max_length=10)), "nobody reads while"),
        (migrations.AlterField("book", "name", models.CharField(max_length=5, null=True)), "written anew"),
        (migrations.RemoveField("book", "name"), "which may still run, look for it"),
        (migrations.RenameField("book", "name", "title"), "which may still run, look for it"),
        (migrations.RunSQL("UPDATE shop_book SET name = ''"), "cannot be seen from outside"),
    ],
)
def test_what_would_keep_people_waiting_is_found(operation: Any, said: str) -> None:
    [what] = found(operation)
    assert said in what


@pytest.mark.parametrize(
    "operation",
    [
        AddIndexConcurrently("book", INDEX),
        AddConstraintNotValid("book", CHECK),
        migrations.AddField("book", "pages", models.IntegerField(db_default=0)),
        migrations.AddField("book", "isbn", models.TextField(null=True)),
        migrations.AlterField("book", "name", models.CharField(max_length=10, null=True, verbose_name="title")),
        migrations.AlterField("book", "name", models.CharField(max_length=200, null=True)),
        migrations.AlterField("book", "name", models.TextField(null=True)),
        migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
    ],
)
def test_what_keeps_nobody_waiting_is_let_through(operation: Any) -> None:
    assert found(operation) == []


def test_a_table_that_is_made_in_the_same_step_has_no_rows_to_wait_for() -> None:
    shelf = migrations.CreateModel(
        "Shelf", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]
    )
    assert found(shelf, migrations.AddIndex("shelf", models.Index(fields=["name"], name="shelf_name"))) == []


@pytest.mark.django_db
def test_the_check_says_what_would_run_and_which_table_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from entraide.config import setup

    assert CliRunner().invoke(setup.migrate, ["--check"]).output == "The database is up to date: nothing would run.\n"
    slow = migrations.Migration("0099_slow", "people")
    slow.operations = [migrations.AddIndex("person", models.Index(fields=["name"], name="person_slow"))]
    monkeypatch.setattr(setup, "_plan", lambda: [(slow, MigrationLoader(connection).project_state())])
    done = CliRunner().invoke(setup.migrate, ["--check"])
    assert done.exit_code == 1
    assert (
        "people.0099_slow" in done.output and "people_person" in done.output and "AddIndexConcurrently" in done.output
    )
