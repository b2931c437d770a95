"""`entraide sla`: computing all clocks anew from the timelines."""

from __future__ import annotations

from collections.abc import Iterator

import click
from django.db import transaction

from entraide.core.scope import Scope, scoped
from entraide.tickets.actions import restore
from entraide.tickets.clocks import differences
from entraide.tickets.models import Ticket

BATCH = 500
SHOWN = 50


@click.group()
def sla() -> None:
    """Service levels: replay the clocks."""


@sla.command()
@click.option(
    "--check", is_flag=True, help="Change nothing: report every difference, and end with status 1 if there is one."
)
@click.option("--ticket", "numbers", multiple=True, type=int, help="Only this ticket (a number); may be repeated.")
@click.option("--every", default=1, type=click.IntRange(1), help="Only every n-th ticket: a sample of a large desk.")
def replay(check: bool, numbers: tuple[int, ...], every: int) -> None:
    """Replay every ticket from its timeline, and write its row and its clocks anew where they differ."""
    looked_at, different = 0, 0
    with scoped(Scope.everything(reason="the operator replays the whole desk")):
        known = set(Ticket.objects.filter(number__in=numbers).values_list("number", flat=True)) if numbers else set()
        if unknown := sorted(set(numbers) - known):
            raise click.ClickException(f"There is no ticket {', '.join(map(str, unknown))}. Nothing was replayed.")
        for key in _keys(numbers, every):
            looked_at += 1
            with transaction.atomic():
                ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=key)
                found = differences(ticket)
                if found and not check:
                    restore(ticket)
            if found:
                different += 1
                if different <= SHOWN:
                    click.echo(f"{ticket.reference}: " + "; ".join(found))
    if different > SHOWN:
        click.echo(f"… and {different - SHOWN} more.")
    what = "differ from their timeline" if check else "differed from their timeline and were written anew"
    click.echo(f"{looked_at} tickets replayed, {different} {what}.")
    if check and different:
        raise SystemExit(1)


def _keys(numbers: tuple[int, ...], every: int) -> Iterator[int]:
    tickets = Ticket.objects.order_by("pk")
    if numbers:
        tickets = tickets.filter(number__in=numbers)
    last = 0
    place = 0
    while keys := list(tickets.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        for key in keys:
            if place % every == 0:
                yield key
            place += 1
        last = keys[-1]
