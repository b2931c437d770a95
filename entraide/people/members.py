"""Who is in a team: changed here, and written into the audit, since what a team sees its people see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from entraide.audit.writing import write_down
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person, Team


def set_members(team: Team, person_ids: Iterable[int]) -> None:
    """Let these people, and nobody else, be in `team`."""
    with transaction.atomic():
        before = set(team.members.through.objects.filter(team_id=team.pk).values_list("person_id", flat=True))
        after = set(person_ids)
        team.members.set(after)
        if before != after:
            details = {"added": _names(after - before), "removed": _names(before - after)}
            write_down("members_changed", team.audit_subject(), details=details)


def add_member(team: Team, person: Person) -> None:
    """Put somebody into `team`."""
    before = team.members.through.objects.filter(team_id=team.pk).values_list("person_id", flat=True)
    set_members(team, {*before, person.pk})


def _names(person_ids: set[int]) -> list[str]:
    with scoped(Scope.everything(reason="the people of a team are of any organisation")):
        return [person.name for person in Person.objects.filter(pk__in=person_ids).order_by("name")]
