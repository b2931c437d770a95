"""Whose macros and templates somebody may use, and whose they may change."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from entraide.core.actor import Actor
from entraide.people.models import Team
from entraide.routines.models import Shared

S = TypeVar("S", bound=Shared)


def usable(rows: QuerySet[S], actor: Actor) -> QuerySet[S]:
    """Return what this actor may use: their own, those of their teams, and everybody's; what is inactive, too."""
    return rows.filter(
        Q(owner=actor.person_id) | Q(team__in=own_teams(actor)) | Q(owner=None, team=None)
    )  # fmt: skip


def visible(rows: QuerySet[S], actor: Actor) -> QuerySet[S]:
    """Return what this actor sees on the list: who keeps order sees those of every team, too."""
    return rows.filter(Q(owner=None) | Q(owner=actor.person_id)) if keeps_order(actor) else usable(rows, actor)


def may_change(row: Shared, actor: Actor) -> bool:
    """Tell whether this actor may change it: its owner, the people of its team, and who may share with everybody."""
    if row.owner_id is not None:
        return row.owner_id == actor.person_id
    if keeps_order(actor):
        return True
    return row.team_id is not None and own_teams(actor).filter(pk=row.team_id).exists()


def keeps_order(actor: Actor) -> bool:
    """Tell whether this actor makes what everybody uses."""
    return actor.may_on_anything("macro.share")


def own_teams(actor: Actor) -> QuerySet[Team]:
    return Team.objects.filter(members=actor.person_id, is_active=True)


def teams_to_share_with(actor: Actor) -> QuerySet[Team]:
    """Return the teams with which this actor may share."""
    return Team.objects.filter(is_active=True) if keeps_order(actor) else own_teams(actor)


def place(row: Any) -> str:
    """Return "owner", "team" or "all"."""
    return "owner" if row.owner_id else "team" if row.team_id else "all"
