"""Which list the address asks for when it names a saved view, and whether it has been changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from entraide.agent.access import clean, typed_number
from entraide.agent.grouping import GROUPINGS
from entraide.agent.views import SORTS, VIEWS
from entraide.routines.models import SavedView
from entraide.routines.reach import usable

FILTERS = ("organisation", "team", "level", "priority", "assignee", "status", "requester", "due")
# What an address can ask for by itself; any of them is enough for the saved ones to hold no longer.
NARROWING = ("view", "q", *FILTERS)
ASKED = (*NARROWING, "sort", "group")
LONGEST = 1000


@dataclass(frozen=True)
class Opened:
    """What is asked for, in all: `params`. `saved` is the view that it began with; `is_lost` when there is none of that key."""

    params: Any
    saved: SavedView | None = None
    is_changed: bool = False
    is_lost: bool = False


def opened(request: Any) -> Opened:
    """Return what the address of this request asks for, its saved view read."""
    asked: Any = request.GET
    if not asked.get("saved"):
        return Opened(asked)
    saved = usable_views(request).filter(pk=typed_number(asked["saved"]) or 0).first()
    if saved is None:
        return Opened(asked, is_lost=True)
    params = asked
    if not any(name in asked for name in NARROWING):
        params = QueryDict(mutable=True)
        params.update({**asks(saved.asks), **asked.dict()})
    return Opened(params, saved, is_changed=asks(params) != asks(saved.asks))


def asks(params: Mapping[str, Any]) -> dict[str, str]:
    """Return what of `params` makes a list: nothing empty, nothing that there is not, no page and no key."""
    found = {name: clean(str(params.get(name) or "")).strip()[:LONGEST] for name in ASKED}
    known = {"view": {each.code for each in VIEWS}, "sort": SORTS, "group": GROUPINGS}
    return {name: value for name, value in found.items() if value and value in known.get(name, (value,))}


def usable_views(request: Any) -> QuerySet[SavedView]:
    """Return the saved views that stand beside this person's list."""
    return usable(SavedView.objects.filter(is_active=True), request.actor)
