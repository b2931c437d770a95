"""Which tickets a list shows: the view that its address names, narrowed by filters and by what was typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from entraide.agent.access import clean, typed_number
from entraide.agent.grouping import GROUPINGS, Grouping
from entraide.agent.saved import FILTERS, Opened, opened
from entraide.agent.views import SORTS, View, due_condition, view_named
from entraide.core.clock import now
from entraide.core.words import resembling
from entraide.people.models import Person
from entraide.routines.models import SavedView
from entraide.tickets import queries
from entraide.tickets.asked import Asked, read
from entraide.tickets.asked_conditions import Asker, condition, may_be_lenient
from entraide.tickets.finding import Readable
from entraide.tickets.models import Ticket
from entraide.tickets.status import Status

# Below this, "imprmante" is no imprimante any more; above, everything is like everything.
LIKENESS = 0.5
LIKE_AT_MOST = 200


@dataclass(frozen=True)
class Wanted:
    """A list as its address asks for it; `resembles` when nothing had the very words, and what is like them is shown."""

    opened: Opened
    view: View
    asked: Asked
    asker: Asker
    tickets: QuerySet[Ticket]
    resembles: bool = False

    @property
    def params(self) -> Any:
        return self.opened.params

    @property
    def words(self) -> str:
        return typed(self.params)

    @property
    def sort(self) -> str:
        """The code of the order in which the list stands: the one asked for, else the view's own."""
        chosen = self.params.get("sort", "")
        return chosen if chosen in SORTS else next(code for code, order in SORTS.items() if order == self.view.order)

    @property
    def grouping(self) -> Grouping | None:
        return GROUPINGS.get(self.params.get("group", ""))

    @property
    def order(self) -> tuple[str, ...]:
        """The order of the rows: what is grouped stands together first."""
        return (*(self.grouping.order if self.grouping else ()), *SORTS[self.sort])


def wanted(request: Any) -> Wanted:
    """Return the list that the address of this request asks for."""
    asked_for = opened(request)
    params = asked_for.params
    view = view_of(params)
    asked = read(typed(params))
    asker = asker_of(request)
    within = queries.visible_to(request.actor).filter(narrowing(params, view, request.person))
    if grouping := GROUPINGS.get(params.get("group", "")):
        within = grouping.on(within)
    found = within.filter(condition(asked, asker))
    if may_be_lenient(asked) and not found.exists():
        return Wanted(asked_for, view, asked, asker, _like(within, asked, asker), resembles=True)
    return Wanted(asked_for, view, asked, asker, found)


def to_count(saved: SavedView, asker: Asker, person: Person) -> Q | None:
    """Return the condition of a saved view whose tickets are counted beside it; None where that would take too long.

    Those are of open work, and not looked for by words: every open ticket would be read for them.
    """
    view, asked = view_of(saved.asks), read(typed(saved.asks))
    if not view.is_counted or asked.words:
        return None
    return narrowing(saved.asks, view, person) & condition(asked, asker)


def view_of(params: Any) -> View:
    """Return the view that `params` name."""
    return view_named(params.get("view", "") or first_view(params))


def narrowing(params: Any, view: View, person: Person) -> Q:
    """Return the condition of a view and of the filters beside it."""
    narrowed = view.condition(person)
    for name in FILTERS:
        value = params.get(name, "")
        if name == "due":
            narrowed &= due_condition(value)
        elif name == "status" and value in Status.values:
            narrowed &= Q(status=value)
        elif name == "assignee" and value == "none":
            narrowed &= Q(assignee=None)
        elif name != "status" and (key := typed_number(value)) is not None:
            narrowed &= Q(**{name if name in ("level", "priority") else f"{name}_id": key})
    return narrowed


def asker_of(request: Any) -> Asker:
    return Asker(request.person.pk, Readable.by(request.actor), now())


def typed(params: Any) -> str:
    """Return what stands in the search field."""
    return clean(params.get("q", "")).strip()


def first_view(params: Any) -> str:
    """Return what a person sees who asked for no view: everything open; words are looked for in everything."""
    return "all" if params.get("q") else "open"


def _like(within: QuerySet[Ticket], asked: Asked, asker: Asker) -> QuerySet[Ticket]:
    """Return the tickets that hold what resembles the words.

    By their keys: how alike words must be holds for one transaction, and the list is asked for later.
    """
    with resembling(LIKENESS):
        found = within.filter(condition(asked, asker, leniently=True)).order_by("-updated_at")
        return within.filter(pk__in=list(found.values_list("pk", flat=True)[:LIKE_AT_MOST]))
