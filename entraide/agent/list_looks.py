"""How somebody wants their lists of tickets to look: chosen once, kept for every list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from entraide.agent.access import needs, takes_post
from entraide.agent.columns import COLUMNS, USUAL, Column, shown
from entraide.people.models import Person
from entraide.routines.models import ListLook, SavedView


@dataclass(frozen=True)
class Look:
    """The columns of a list, and whether its rows stand close. `is_given`: the saved view brought its columns along."""

    codes: tuple[str, ...]
    is_compact: bool
    is_given: bool = False

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for column in COLUMNS if column.code in self.codes)

    @cached_property
    def has(self) -> dict[str, bool]:
        """Of each column, whether it is shown."""
        return {column.code: column.code in self.codes for column in COLUMNS}

    @property
    def is_usual(self) -> bool:
        return self.codes == USUAL

    @property
    def width(self) -> int:
        """How many cells a row has: the box to choose it and the ticket stand there always."""
        return len(self.columns) + 2


def look_of(person: Person, saved: SavedView | None) -> Look:
    """Return how a list looks to this person; a saved view may bring columns of its own."""
    chosen = ListLook.objects.filter(person=person).first() or ListLook()
    if saved is not None and saved.columns:
        return Look(shown(saved.columns), chosen.is_compact, is_given=True)
    return Look(shown(chosen.columns), chosen.is_compact)


@needs("ticket.see")
@takes_post("agent:desk")
def list_look(request: Any) -> HttpResponse:
    """Keep what was chosen; the list that is on the page fetches itself anew."""
    person = request.person
    changes: dict[str, Any] = {"is_compact": request.POST.get("density") == "compact"}
    if "column" in request.POST or "columns" in request.POST:
        codes = shown(request.POST.getlist("column"))
        changes["columns"] = [] if codes == USUAL else list(codes)
    ListLook.objects.update_or_create(
        person=person, defaults=changes, create_defaults={**changes, "organisation_id": person.organisation_id}
    )
    if not request.htmx:
        return redirect("agent:desk")
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = "look-changed"
    return answer
