"""`entraide audit`: whether what was written down still stands as it was written, and a copy of it."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import click

from entraide.audit.chain import GENESIS, Walked, walk
from entraide.audit.exporting import csv_lines, json_lines, range_of, read_json_lines
from entraide.audit.sealing import head as newest
from entraide.audit.sealing import seal
from entraide.audit.verifying import sealed_rows, verify_and_note
from entraide.audit.verifying import verify as verify_chain
from entraide.audit.writing import Subject, write_down

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """Verify and export what people and programs did, saw and exported."""


@audit.command()
@click.option(
    "--from", "start", type=click.IntRange(1), default=1, help="Begin at this row; its predecessor is believed."
)
@click.option("--head", "known_head", help="A hash that was kept elsewhere: it must still be a row's.")
@click.option(
    "--file", "file", type=click.File(encoding="utf-8"), help="Verify a file of `export` instead of the desk."
)
def verify(start: int, known_head: str | None, file: Any) -> None:
    """Walk the chain; name the first row that does not hold, and end with status 1."""
    if file is not None:
        found = _of_file(file)
    elif start == 1 and not known_head:
        kept = verify_and_note()
        if kept.broken_at is not None:
            raise click.ClickException(kept.reason)
        click.echo(f"{kept.through} rows hold. Head: {kept.head}")
        return
    else:
        found = verify_chain(start=start, known_head=known_head)
    if found.broken is not None:
        raise click.ClickException(found.broken.reason)
    click.echo(f"{found.rows} rows hold. Head: {found.head}")


@audit.command()
def head() -> None:
    """Print the number and the hash of the last row: keep it where nobody who has this database can change it."""
    seal()
    seq, found = newest()
    click.echo(f"{seq} {found}")


@audit.command()
@click.option("--from", "start", type=DAY, help="The first day (UTC).")
@click.option("--to", "end", type=DAY, help="The last day (UTC).")
@click.option("--format", "format", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option(
    "--output", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="A file; without one: here."
)
def export(start: datetime | None, end: datetime | None, format: str, output: io.TextIOBase) -> None:
    """Write out the rows of these days, as they were sealed; that this was done is written down, too."""
    days = {"from": str(start.date()) if start else "", "to": str(end.date()) if end else "", "format": format}
    write_down("exported", Subject("audit.auditentry", None, "audit"), details=days)
    seal()
    first, last = range_of(start.date() if start else None, end.date() if end else None)
    rows = sealed_rows(first, last)
    for line in json_lines(rows) if format == "jsonl" else csv_lines(rows):
        output.write(line)


def _of_file(file: Any) -> Walked:
    rows = read_json_lines(file)
    first = next(rows, None)
    if first is None:
        raise click.ClickException("The file is empty.")
    after = int(first["seq"]) - 1

    def all_of_it() -> Any:
        yield first
        yield from rows

    return walk(all_of_it(), after=after, previous=GENESIS if after == 0 else None)
