"""`entraide passwords`: the list of stolen passwords, from a shell."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from entraide.config.environment import Environment
from entraide.core.trouble import Trouble
from entraide.entrance.breached import NotAList, count, make_list


@click.group()
def passwords() -> None:
    """Bring a list of stolen passwords, which nobody may then choose."""


@passwords.command("import")
@click.argument("file", type=click.File("r", encoding="ascii", errors="replace"))
@click.option("--seen-at-least", default=1, show_default=True, help="Leave out what was seen less often.")
@click.option("--into", type=click.Path(path_type=Path), help="Where the list is kept, if not where the desk looks.")
def import_list(file: TextIO, seen_at_least: int, into: Path | None) -> None:
    """Make the list from FILE (`-` for standard input): lines of SHA-1, each with `:` and how often it was seen."""
    path = into or _path()
    try:
        n = make_list(file, path, seen_at_least=seen_at_least)
    except NotAList as error:
        raise Trouble(str(error)) from error
    click.echo(f"{n:,} stolen passwords are refused from now on ({path}).")


@passwords.command()
def about() -> None:
    """Say how many passwords the list has."""
    path = _path()
    n = count(path)
    click.echo(
        f"{n:,} stolen passwords in {path}."
        if n
        else f"There is no list at {path}: only the most common passwords are refused."
    )


def _path() -> Path:
    return Environment().stolen_passwords_file
