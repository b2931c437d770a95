"""The command `entraide`."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Literal, NamedTuple

import click

from entraide.core.trouble import Trouble

# A mail server pipes into `ingest`: this status tells it to keep the message and try again later (sysexits.h).
EX_TEMPFAIL = 75


class Subcommand(NamedTuple):
    """Where a subcommand is, its line in --help, and what has to be there before it runs."""

    module: str
    attribute: str
    summary: str
    needs: Literal["nothing", "django"]


COMMANDS = {
    "run": Subcommand("entraide.config.supervisor", "run", "Run everything: database, web, jobs and mail.", "nothing"),
    "web": Subcommand("entraide.config.parts", "web", "Run the web server alone.", "django"),
    "jobs": Subcommand("entraide.config.parts", "jobs", "Run a worker for background jobs alone.", "django"),
    "mail": Subcommand("entraide.config.parts", "mail", "Run the mail listener and the mailbox polling.", "django"),
    "migrate": Subcommand("entraide.config.setup", "migrate", "Bring the database up to date.", "django"),
    "demo": Subcommand("entraide.config.setup", "demo", "Load the demo data into an empty desk.", "django"),
    "ingest": Subcommand("entraide.channels.email.command", "ingest", "Take in a raw mail from stdin.", "django"),
    "person": Subcommand("entraide.privacy.command", "person", "Export what is kept of a person; erase it.", "django"),
    "user": Subcommand("entraide.config.user_command", "user", "Create people, give roles, set passwords.", "django"),
    "token": Subcommand("entraide.api.command", "token", "Make and revoke tokens for the API.", "django"),
    "audit": Subcommand("entraide.audit.command", "audit", "Verify and export who did and saw what.", "django"),
    "passwords": Subcommand(
        "entraide.config.passwords_command", "passwords", "Bring a list of stolen passwords.", "nothing"
    ),
    "doctor": Subcommand("entraide.config.doctor", "doctor", "Check the installation; say what to mend.", "django"),
    "coverage": Subcommand("entraide.sla.command", "coverage", "Compute with coverage hours (JSON lines).", "nothing"),
    "sla": Subcommand("entraide.tickets.replay_command", "sla", "Replay the clocks of service levels.", "django"),
    "backup": Subcommand(
        "entraide.config.backup_command", "backup", "Write the whole desk into one archive.", "django"
    ),
    "restore": Subcommand("entraide.config.backup_command", "restore", "Put an archive into an empty desk.", "django"),
    "secrets": Subcommand("entraide.config.secrets_command", "secrets", "Replace the desk's secret key.", "django"),
    "assets": Subcommand("entraide.config.assets", "assets", "Fetch the front-end assets with npm.", "nothing"),
    "settings": Subcommand("entraide.config.variables", "settings", "List the variables to set.", "nothing"),
    "manage": Subcommand("entraide.config.setup", "manage", "Pass a command to Django's management.", "django"),
}


class Entraide(click.Group):
    """Loads a subcommand only when it is called: `--help` needs neither Django nor a database."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        if not ctx.meta.get("runs"):
            return click.Command(cmd_name, help=found.summary)
        # Asking for help must not need a database.
        if found.needs == "django" and not _asks_for_help():
            _connect(ctx)
        if found.needs == "django":
            _set_django_up()
            _act_as_operator(found)
        command: click.Command = getattr(importlib.import_module(found.module), found.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        ctx.meta["runs"] = True
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with _told():
            _die_with_the_supervisor()
            return super().invoke(ctx)


@click.group(cls=Entraide, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="entraide")
def main() -> None:
    """Entraide, the IT support platform. Settings come from the environment: `entraide settings` lists them."""


def _asks_for_help() -> bool:
    return any(each in ("-h", "--help") for each in sys.argv[2:])


def _connect(ctx: click.Context) -> None:
    """Find or start the database. Raises Trouble."""
    from entraide.config.database import EmbeddedDatabase, wait_until_reachable
    from entraide.config.environment import Environment

    environment = Environment()
    if environment.database_url:
        wait_until_reachable(environment.database_url, seconds=environment.database_wait)
        return
    database = EmbeddedDatabase(environment.data_dir)
    # Also when asked to stop, so that a database started for this command stops with it.
    signal.signal(signal.SIGTERM, _leave)
    ctx.call_on_close(database.release)
    database.acquire_for_all()


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _set_django_up() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "entraide.config.settings"
    django.setup()


def _act_as_operator(subcommand: Subcommand) -> None:
    """What a command does is its operator's doing; the parts of a running desk act for others."""
    from entraide.audit.origin import Origin, come_from

    if subcommand.module != "entraide.config.parts":
        come_from(Origin("command", name=_operator()))


def _operator() -> str:
    import getpass

    try:
        return f"operator {getpass.getuser()}"
    except (KeyError, OSError):  # a container may have no name for its user
        return f"operator {os.getuid()}"


def _die_with_the_supervisor() -> None:
    """A part of `entraide run` ends when the supervisor is killed: the kernel sends it SIGTERM then."""
    supervisor = os.environ.pop("_ENTRAIDE_SUPERVISOR", "")
    if not supervisor:
        return
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
    if os.getppid() != int(supervisor):
        raise SystemExit(1)


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
    except BrokenPipeError:
        # Whoever read our output went away, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(1) from None
    except Exception as error:
        if sentence := _mendable(error):
            _stop(sentence)
        raise


def _mendable(error: Exception) -> str | None:
    """Return what to say of an error that the operator can mend, or None for a fault of ours."""
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    names = {cls.__name__ for each in _chain(error) for cls in type(each).__mro__}
    if isinstance(error, Trouble):
        return str(error)
    if isinstance(error, OSError) and not isinstance(error, ConnectionError) and error.strerror:
        return f"{error.filename or 'A file'}: {error.strerror}. Free some space or mend its rights, then try again."
    if "DiskFull" in names:
        return f"The disk of the database is full ({said}): free some space, then try again."
    if "PoolTimeout" in names or "OperationalError" in names:
        return f"The database does not answer: {said}. Is it running, and is DATABASE_URL right?"
    if names & {"UndefinedTable", "UndefinedColumn"}:
        return f"The database is not up to date ({said}): run `entraide migrate`."
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error, what caused it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _stop(*lines: str) -> None:
    for line in lines:
        click.echo(f"entraide: {line}", err=True)
    raise SystemExit(EX_TEMPFAIL if sys.argv[1:2] == ["ingest"] else 2)


if __name__ == "__main__":
    main()
