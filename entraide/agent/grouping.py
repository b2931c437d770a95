"""What a list can be grouped by: rows that share it stand together, under a heading with its name and their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.core.words import Folded
from entraide.people.models import Level
from entraide.tickets.models import Ticket
from entraide.tickets.priority import Priority
from entraide.tickets.status import Status

STATES = list(Status.values)


@dataclass(frozen=True)
class Grouping:
    """One way to group. `key` tells groups apart; `name`, where there is one, puts them in order before it."""

    code: str
    label: str | Promise
    key: Any
    heading: Callable[[Ticket], Any]
    name: Any = None

    @property
    def order(self) -> tuple[str, ...]:
        return ("group_key",) if self.name is None else ("group_name", "group_key")

    def on(self, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
        """Return the tickets with what they are grouped by; where it is nothing, they come first."""
        named = {} if self.name is None else {"group_name": Folded(self.name)}
        return tickets.annotate(group_key=self.key, **named)


def _named(field: str) -> dict[str, Any]:
    return {
        "key": Coalesce(F(f"{field}_id"), Value(0)),
        "name": Coalesce(F(f"{field}__name"), Value("")),
    }


GROUPINGS = {
    each.code: each
    for each in (
        Grouping("organisation", _("By organisation"), heading=lambda ticket: ticket.organisation.name, **_named("organisation")),
        Grouping("assignee", _("By assignee"), heading=lambda ticket: ticket.assignee.name if ticket.assignee else _("Nobody yet"), **_named("assignee")),
        Grouping("team", _("By team"), heading=lambda ticket: ticket.team.name if ticket.team else _("No team"), **_named("team")),
        Grouping("category", _("By category"), heading=lambda ticket: ticket.category.name if ticket.category else _("No category"), **_named("category")),
        Grouping("priority", _("By priority"), F("priority"), lambda ticket: Priority(ticket.priority).label),
        Grouping("level", _("By level"), F("level"), lambda ticket: Level(ticket.level).label),
        Grouping(
            "status", _("By state"), Case(*(When(status=code, then=Value(at)) for at, code in enumerate(STATES)), default=Value(len(STATES))),
            lambda ticket: Status(ticket.status).label,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Rows that stand together. `n` is how many there are on all pages, None where that would take too long to count."""

    heading: Any
    rows: list[Any]
    n: int | None = None


def grouped(rows: Iterable[tuple[Ticket, Any]], grouping: Grouping | None, numbers: dict[Any, int]) -> Iterator[Group]:
    """Put rows that stand in the order of `grouping` under their headings; without one, all are one group without."""
    if grouping is None:
        if rows := list(rows):
            yield Group(None, rows)
        return
    for key, those in groupby(rows, key=_key):
        together = list(those)
        yield Group(grouping.heading(together[0][0]), together, numbers.get(key))


def numbers_of(tickets: QuerySet[Ticket]) -> dict[Any, int]:
    """Return how many of `tickets`, which have their `group_key`, each group has."""
    keys: QuerySet[Any] = tickets.order_by()
    return dict(keys.values_list("group_key").annotate(n=Count("pk")))


def _key(row: tuple[Any, Any]) -> Any:
    return row[0].group_key
