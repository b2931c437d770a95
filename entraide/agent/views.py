"""The views on the left of the desk: which tickets each shows, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.core.clock import now
from entraide.people.models import Level, Person, Team
from entraide.people.queries import level_of
from entraide.tickets.models import NO_PROMISE, Ticket
from entraide.tickets.status import OPEN, Status

# What falls due first.
BY_PROMISE = ("next_due_at", "priority", "pk")
# Most urgent first, then the oldest.
BY_URGENCY = ("priority", "opened_at", "pk")
BY_CHANGE = ("-updated_at", "-pk")
BY_AGE = ("opened_at", "pk")
BY_OPENING = ("-opened_at", "-pk")
SORTS = {"promise": BY_PROMISE, "urgency": BY_URGENCY, "change": BY_CHANGE, "opened": BY_OPENING, "age": BY_AGE}
SORT_CHOICES = (
    ("promise", _("Nearest promise first")),
    ("urgency", _("Most urgent first")),
    ("change", _("Last change first")),
    ("opened", _("Newest first")),
    ("age", _("Oldest first")),
)
IN_DANGER = timedelta(hours=2)
DUE_CHOICES = (
    ("late", _("Missed")),
    ("hour", _("Due within an hour")),
    ("today", _("Due within 24 hours")),
    ("none", _("No promise runs")),
)


@dataclass(frozen=True)
class View:
    """One view: its address, its name, the condition, the order; `is_counted` ones concern open work."""

    code: str
    name: str | Promise
    icon: str
    condition: Callable[[Person], Q]
    order: tuple[str, ...] = BY_PROMISE
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
        _("Promises in danger"),
        "alert-triangle",
        lambda me: _open(next_due_at__lt=now() + IN_DANGER),
    ),
    View(
        "majors",
        _("Major incidents"),
        "urgent",
        # Those whose review is still to be written, too.
        lambda me: Q(major_since__isnull=False) & (_open() | Q(status=Status.RESOLVED, major_reviewed_at=None)),
    ),
    View("waiting", _("On hold"), "clock-pause", lambda me: Q(status=Status.WAITING)),
    View("watched", _("Followed"), "eye", lambda me: _open(watcher_ids__contains=[me.pk])),
    View("open", _("All open"), "list", lambda me: _open()),
    View("resolved", _("Resolved, to be confirmed"), "circle-check", lambda me: Q(status=Status.RESOLVED), BY_CHANGE),
    View("all", _("All tickets"), "archive", lambda me: Q(), BY_CHANGE, is_counted=False),
)


def due_condition(code: str) -> Q:
    """Return the condition of one of DUE_CHOICES; an unknown one is no condition."""
    at = now()
    match code:
        case "late":
            return Q(next_due_at__lte=at)
        case "hour":
            return Q(next_due_at__lte=at + timedelta(hours=1))
        case "today":
            return Q(next_due_at__lte=at + timedelta(days=1))
        case "none":
            return Q(next_due_at=NO_PROMISE)
        case _:
            return Q()


def view_named(code: str) -> View:
    """Return a view by its code; an unknown one is all open work."""
    return next((each for each in VIEWS if each.code == code), next(each for each in VIEWS if each.code == "open"))


def counts(tickets: QuerySet[Ticket], me: Person, saved: Mapping[str, Q]) -> dict[str, int]:
    """Return how many tickets each counted view and each condition of `saved` has, in one query over open work."""
    each_view = {view.code: Count("pk", filter=view.condition(me)) for view in VIEWS if view.is_counted}
    each_view |= {code: Count("pk", filter=condition) for code, condition in saved.items()}
    return tickets.filter(status__in=[*OPEN, Status.RESOLVED]).aggregate(**each_view)


def team_counts(tickets: QuerySet[Ticket]) -> list[tuple[Team, int]]:
    """Return the active teams with the number of their open tickets."""
    rows = tickets.filter(status__in=OPEN).order_by().values_list("team_id").annotate(n=Count("pk"))
    by_team = dict(rows)
    return [(team, by_team.get(team.pk, 0)) for team in Team.objects.filter(is_active=True)]
