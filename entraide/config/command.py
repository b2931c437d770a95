"""The command `entraide`."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from entraide.core.trouble import Trouble

# name: (module, attribute, one line for --help, what it needs before it runs)
COMMANDS: dict[str, tuple[str, str, str, str]] = {
    "run": ("entraide.config.supervisor", "run", "Run everything: database, web, jobs and mail.", "nothing"),
    "web": ("entraide.config.parts", "web", "Run the web server alone.", "database"),
    "jobs": ("entraide.config.parts", "jobs", "Run a worker for background jobs alone.", "django"),
    "mail": ("entraide.config.parts", "mail", "Run the mail listener and the mailbox polling alone.", "django"),
    "migrate": ("entraide.config.setup", "migrate", "Bring the database up to date.", "django"),
    "demo": ("entraide.config.setup", "demo", "Load the demo data into an empty desk.", "django"),
    "ingest": ("entraide.channels.email.command", "ingest", "Take in one raw mail from standard input.", "django"),
    "user": (
        "entraide.config.user_command",
        "user",
        "Create people who can sign in, give roles, set passwords.",
        "django",
    ),
    "token": ("entraide.api.command", "token", "Make and revoke tokens for the API.", "django"),
    "doctor": ("entraide.config.doctor", "doctor", "Check the installation and say what to mend.", "django"),
    "coverage": ("entraide.sla.command", "coverage", "Compute with coverage hours (JSON lines).", "nothing"),
    "manage": ("entraide.config.setup", "manage", "Pass a command to Django's own management.", "django"),
}


class Entraide(click.Group):
    """Loads a subcommand only when it is called: `--help` needs neither Django nor a database."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, summary, needs = COMMANDS[cmd_name]
        is_listed_only = len(sys.argv) < 2 or sys.argv[1] != cmd_name
        if is_listed_only:
            return click.Command(cmd_name, help=summary)
        with _told():
            if needs != "nothing":
                _prepare(ctx, django=needs == "django")
            command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        with _told():
            return super().invoke(ctx)


@click.group(cls=Entraide, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="entraide")
def main() -> None:
    """Entraide, the IT support platform. Settings come from the environment: see docs/operating.md."""


def _prepare(ctx: click.Context, *, django: bool) -> None:
    """Find or start the database, then set Django up."""
    from entraide.config.database import EmbeddedDatabase, wait_until_reachable
    from entraide.config.environment import Environment

    environment = Environment()
    if environment.database_url:
        wait_until_reachable(environment.database_url, seconds=float(os.environ.get("ENTRAIDE_DATABASE_WAIT", "5")))
    else:
        database = EmbeddedDatabase(environment.data_dir)
        os.environ["DATABASE_URL"] = database.acquire()
        ctx.call_on_close(database.release)
    os.environ["DJANGO_SETTINGS_MODULE"] = "entraide.config.settings"
    if django:
        import django as framework

        framework.setup()


@contextmanager
def _told() -> Iterator[None]:
    """Turn what an operator can mend into one line per problem, without a traceback."""
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as error:
        if error.title != "Environment":
            raise
        from entraide.config.environment import problems

        _stop(*problems(error))
    except OSError as error:
        if isinstance(error, BrokenPipeError | ConnectionError):
            raise
        _stop(f"{error.filename or 'A file'}: {error.strerror}. Free some space or mend its rights, then try again.")
    except Exception as error:
        if sentence := _mendable(error):
            _stop(sentence)
        raise


def _mendable(error: Exception) -> str | None:
    """Return what to say of an error that the operator can mend, or None for a fault of ours."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if isinstance(error, Trouble):
        return str(error)
    if "OperationalError" in names:
        said = str(error).strip().splitlines()[0]
        return f"The database does not answer: {said}. Is it running, and is DATABASE_URL right?"
    return None


def _stop(*lines: str) -> None:
    for line in lines:
        click.echo(f"entraide: {line}", err=True)
    # A mail server pipes into `ingest`: 75 (EX_TEMPFAIL) tells it to keep the message and try again later.
    raise SystemExit(75 if sys.argv[1:2] == ["ingest"] else 2)


if __name__ == "__main__":
    main()
