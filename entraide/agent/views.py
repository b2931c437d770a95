"""The views on the left of the desk: which tickets each shows, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.people.models import Level, Person, Team
from entraide.people.queries import level_of
from entraide.tickets.models import Ticket
from entraide.tickets.status import OPEN, Status

# Most urgent first, then the oldest.
BY_URGENCY = ("priority", "opened_at", "pk")
BY_CHANGE = ("-updated_at", "-pk")


@dataclass(frozen=True)
class View:
    """One view: its address, its name, the condition, the order; `is_counted` ones concern open work."""

    code: str
    name: str | Promise
    icon: str
    condition: Callable[[Person], Q]
    order: tuple[str, ...] = BY_URGENCY
    is_counted: bool = True


def _open(**conditions: Any) -> Q:
    return Q(status__in=OPEN, **conditions)


def _my_level(person: Person) -> int:
    return level_of(person) or Level.N1


VIEWS = (
    View("mine", _("Mine"), "user", lambda me: _open(assignee=me)),
    View("queue", _("My level, unassigned"), "inbox", lambda me: _open(level=_my_level(me), assignee=None)),
    View("handovers", _("Handovers to accept"), "arrow-up-right", lambda me: _open(awaits_acceptance=True)),
    View(
        "answer",
        _("Waiting for our answer"),
        "message-circle",
        lambda me: _open(awaits_answer=True) & ~Q(status=Status.WAITING),
    ),
    View(
        "risk",
        _("P1–P2 without an answer"),
        "alert-triangle",
        lambda me: _open(priority__lte=2, first_response_at=None),
    ),
    View("waiting", _("On hold"), "clock-pause", lambda me: Q(status=Status.WAITING)),
    View("watched", _("Followed"), "eye", lambda me: _open(watcher_ids__contains=[me.pk])),
    View("open", _("All open"), "list", lambda me: _open()),
    View("resolved", _("Resolved, to be confirmed"), "circle-check", lambda me: Q(status=Status.RESOLVED), BY_CHANGE),
    View("all", _("All tickets"), "archive", lambda me: Q(), BY_CHANGE, is_counted=False),
)


def view_named(code: str) -> View:
    """Return a view by its code; an unknown one is all open work."""
    return next((each for each in VIEWS if each.code == code), next(each for each in VIEWS if each.code == "open"))


def counts(tickets: QuerySet[Ticket], me: Person) -> dict[str, int]:
    """Return how many tickets each counted view and each team has, in one query over open work."""
    each_view = {view.code: Count("pk", filter=view.condition(me)) for view in VIEWS if view.is_counted}
    return tickets.filter(status__in=[*OPEN, Status.RESOLVED]).aggregate(**each_view)


def team_counts(tickets: QuerySet[Ticket]) -> list[tuple[Team, int]]:
    """Return the active teams with the number of their open tickets."""
    rows = tickets.filter(status__in=OPEN).order_by().values_list("team_id").annotate(n=Count("pk"))
    by_team = dict(rows)
    return [(team, by_team.get(team.pk, 0)) for team in Team.objects.filter(is_active=True)]
