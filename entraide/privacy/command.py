"""`entraide person`: what is kept of a person, from a shell."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from django.utils.translation import override

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.core.trouble import Trouble
from entraide.people.models import Person
from entraide.people.queries import person_with_address
from entraide.privacy.erasing import begin_erasing
from entraide.privacy.exporting import export_person
from entraide.privacy.models import Erasure

OPERATOR = Scope.everything(reason="an operator answers for everybody's data")


@click.group()
def person() -> None:
    """Export what is kept of a person; erase it."""


@person.command()
@click.argument("who")
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-internal", is_flag=True, help="Internal notes, too.")
def export(who: str, archive: Path, with_internal: bool) -> None:
    """Write all that is kept of WHO (a mail address or number) to the ZIP file ARCHIVE."""
    with scoped(OPERATOR):
        found = _person(who)
        with override(found.spoken_language), export_person(found, with_internal=with_internal) as source:
            try:
                with archive.open("xb") as target:
                    shutil.copyfileobj(source, target)
            except FileExistsError as error:
                raise Trouble(f"{archive} is there already: name another file.") from error
    click.echo(f"Written: {archive}")


@person.command()
@click.argument("who")
@click.option("--reason", required=True, help="Kept with the erasure: their own wish, or that they have left.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(who: str, reason: str, yes: bool) -> None:
    """Erase all that is kept of WHO (a mail address or number); figures stay. It cannot be undone."""
    with scoped(OPERATOR), override("en"):
        found = _person(who)
        if not yes:
            click.confirm(f"Erase {found.name} of {found.organisation.name} for good?", abort=True)
        try:
            begin_erasing(found, reason=reason, actor=Actor.system("operator"))
        except Refused as refused:
            raise Trouble(refused.message) from refused
    click.echo(f"Person {found.pk} can no longer sign in; the worker erases the rest.")


@person.command()
def erased() -> None:
    """List who was erased, by number: after restoring an older backup, erase them again."""
    with scoped(OPERATOR):
        for each in Erasure.objects.order_by("pk"):
            state = "done" if each.finished_at else "under way"
            click.echo(f"{each.person_id}\t{each.asked_at:%Y-%m-%d}\t{state}")


def _person(who: str) -> Person:
    people = Person.objects.select_related("organisation")
    found = people.filter(pk=int(who)).first() if who.isdecimal() else person_with_address(who)
    if found is None:
        raise Trouble(f"Nobody has the address or number {who}.")
    return people.get(pk=found.pk)
