"""What a saved view asks for, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from entraide.agent.grouping import GROUPINGS
from entraide.agent.views import DUE_CHOICES, SORT_CHOICES
from entraide.agent.wanted import view_of
from entraide.core.scope import Scope, scoped
from entraide.look.punctuation import in_quotes, labelled
from entraide.people.models import Level, Organisation, Person, Team
from entraide.routines.models import SavedView
from entraide.tickets.priority import Priority
from entraide.tickets.status import Status

NOBODY = "none"


class Names:
    """The names of whatever some saved views ask for, fetched once for all of them."""

    def __init__(self, views: list[SavedView]) -> None:
        self.organisations = dict(
            Organisation.objects.filter(pk__in=_keys(views, "organisation")).values_list("pk", "name")
        )
        self.teams = dict(Team.objects.filter(pk__in=_keys(views, "team")).values_list("pk", "name"))
        with scoped(Scope.everything(reason="technicians are of another organisation than the tickets")):
            people = Person.objects.filter(pk__in=_keys(views, "assignee") | _keys(views, "requester"))
            self.people = dict(people.values_list("pk", "name"))

    def words(self, asks: Mapping[str, Any]) -> list[str]:
        """Return what is asked, piece by piece: the view, each filter, the words, order and groups."""
        sorts, dues = dict(SORT_CHOICES), dict(DUE_CHOICES)
        found = [str(view_of(asks).name)]
        tables: tuple[tuple[str, str, Mapping[Any, Any]], ...] = (
            ("organisation", _("Organisation"), self.organisations),
            ("team", _("Team"), self.teams),
            ("level", _("Level"), dict(Level.choices)),
            ("priority", _("Priority"), dict(Priority.choices)),
            ("assignee", _("Assignee"), {**self.people, NOBODY: _("nobody")}),
            ("requester", _("Requester"), self.people),
            ("status", _("State"), dict(Status.choices)),
            ("due", _("Promise"), dues),
        )
        for code, label, names in tables:
            if value := asks.get(code):
                name = names.get(int(value) if value.isdecimal() else value)
                found.append(labelled(label, name if name is not None else _("no longer there")))
        if words := asks.get("q"):
            found.append(in_quotes(words))
        found += [str(sorts[asks["sort"]])] if asks.get("sort") in sorts else []
        found += [str(GROUPINGS[asks["group"]].label)] if asks.get("group") in GROUPINGS else []
        return found


def _keys(views: list[SavedView], name: str) -> set[int]:
    return {int(value) for view in views if (value := view.asks.get(name, "")).isdecimal()}
