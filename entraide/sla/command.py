"""The commands of coverage, for the shell and for scripts."""

from __future__ import annotations

from typing import BinaryIO

import click

from entraide.sla.compute import compute_line


@click.group()
def coverage() -> None:
    """Business time: due times, open minutes, openings and working days of a calendar."""


@coverage.command()
@click.argument("cases", type=click.File("rb"), default="-")
def compute(cases: BinaryIO) -> None:
    """Answer the coverage CASES of a file, or of standard input: JSON, one case a line, one answer a line.

    \b
    A case: {"calendar": {"tz": "Europe/Zurich", "hours": {"mon": [["08:00", "12:00"]]}},
             "operation": "add", "start": "2026-03-02T08:00:00+01:00", "duration_minutes": 60}
    An answer: "2026-03-02T09:00:00+01:00"
    A case that cannot be answered gives {"error": "…"}, and the next one is read. Blank lines are left out.
    """
    for line in cases:
        if case := line.decode(errors="replace").removeprefix("\ufeff").strip():
            click.echo(compute_line(case))  # flushes, so that a script may ask and wait for the answer
