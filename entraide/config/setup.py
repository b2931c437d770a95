"""Bringing the database up to date, and filling an empty desk."""

from __future__ import annotations

import click
from django.apps import apps
from django.conf import settings
from django.core.management import call_command, execute_from_command_line
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from entraide.backups.restoring import unfinished
from entraide.config.migration_check import obstacles
from entraide.core import locks
from entraide.core.building_wall import build_wall
from entraide.core.trouble import Trouble


def bring_up_to_date(*, restoring: bool = False) -> None:
    """Apply the migrations that are missing, one process at a time. Raises Trouble if the database is newer or half restored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [locks.MIGRATION])
        try:
            if not restoring:
                _refuse_half_a_desk()
            _refuse_a_newer_database()
            if pending_migrations():
                call_command("migrate", verbosity=0, interactive=False)
            build_wall()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [locks.MIGRATION])


def pending_migrations() -> list[str]:
    """Return the names of the migrations that were not applied yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _refuse_half_a_desk() -> None:
    if began := unfinished():
        raise Trouble(
            f"A restore of the archive of {began} has begun in this database and did not end: run `entraide restore` with it again."
        )


def _refuse_a_newer_database() -> None:
    loader = MigrationExecutor(connection).loader
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("entraide.")}
    unknown = [
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in ours and (app, name) not in loader.disk_migrations
    ]
    if unknown:
        raise Trouble(
            f"The database is newer than this program (it knows {', '.join(sorted(unknown))}): install the newer Entraide."
        )


@click.command()
@click.option("--check", is_flag=True, help="Change nothing: say what would run, and what of it keeps people waiting.")
def migrate(check: bool) -> None:
    """Bring the database up to date."""
    if check:
        _say_what_would_run()
        return
    bring_up_to_date()
    click.echo("The database is up to date.")


def _say_what_would_run() -> None:
    """Say which migrations are missing and which of them do not go beside people who work; end with 1 if there is one."""
    plan, is_quick = _plan(), True
    for migration, before in plan:
        click.echo(f"{migration.app_label}.{migration.name}")
        for each in obstacles(migration, before):
            is_quick = False
            click.echo(f"      {each.what}{_rows_of(each.table)}. Instead: {each.instead}.")
    if not plan:
        click.echo("The database is up to date: nothing would run.")
    elif is_quick:
        click.echo(f"{len(plan)} would run. None of them keeps anybody waiting: the desk may go on meanwhile.")
    else:
        click.echo(f"{len(plan)} would run. Stop the desk for those that are not quick, or do it at night.")
        raise SystemExit(1)


def _plan() -> list[tuple[Migration, ProjectState]]:
    """Return the migrations that are missing, each with the state of the models that it begins with."""
    loader = MigrationExecutor(connection).loader
    state, missing, seen = ProjectState(real_apps=loader.unmigrated_apps), [], set[tuple[str, str]]()
    for leaf in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(leaf):
            if key in seen:
                continue
            seen.add(key)
            migration = loader.graph.nodes[key]
            if key not in loader.applied_migrations:
                missing.append((migration, state.clone()))
            state = migration.mutate_state(state, preserve=False)
    return missing


def _rows_of(table: str) -> str:
    """Return how large a table is, in words: a lock on an empty one is over at once."""
    if not table:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(quote_ident(%s))", [table]
        )
        found = cursor.fetchone()
    return f" ({table}, about {found[0]:,} rows)" if found else ""


@click.command()
@click.option("--seed", default=7, show_default=True, help="Another seed makes another ninety days.")
@click.option("--if-empty", is_flag=True, help="Do nothing, quietly, if the desk has people already.")
@click.option("--sign-ins", "only_sign_ins", is_flag=True, help="Only print the demo sign-ins, one a role.")
def demo(seed: int, if_empty: bool, only_sign_ins: bool) -> None:
    """Load a Geneva provider with three clients and ninety days of tickets into an empty desk."""
    from entraide.demo import NotEmpty, load, sign_ins

    if settings.ENTRAIDE.is_production:
        raise Trouble("The demo has passwords that everybody knows: it is for ENTRAIDE_MODE=development.")
    if not only_sign_ins:
        bring_up_to_date()
        try:
            load(seed=seed)
        except NotEmpty as error:
            if not if_empty:
                raise Trouble(str(error)) from error
    for role, email, password in sign_ins():
        click.echo(f"{role:<22} {email:<38} {password}")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Pass a command to Django's own management, for developers."""
    execute_from_command_line(["entraide manage", *arguments])
