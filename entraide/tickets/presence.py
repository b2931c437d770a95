"""Who is in a ticket right now: looking at it, writing an answer, writing a note.

No event: it says nothing of the ticket, and nobody wants to read it tomorrow. One row per open tab, in a table that
PostgreSQL does not log; a tab says every few seconds that it is there, and rows that stay silent count no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, get_args

from entraide.core import live
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.models import Presence, Ticket

Doing = Literal["looking", "reply", "note"]
DOINGS: tuple[Doing, ...] = get_args(Doing)
# A tab speaks every 8 s: it may miss one, and who hears of its silence asks as often.
SILENT_AT_MOST = timedelta(seconds=20)
KIND = "presence"


@dataclass(frozen=True)
class Somebody:
    """A person in a ticket, and the most telling thing that they do there in any of their tabs."""

    number: int
    person_id: int
    name: str
    doing: Doing


def be_there(ticket: Ticket, *, person: Person, tab: str, doing: Doing) -> None:
    """Note that this tab is open and what is done in it; others are told when that is new."""
    at = now()
    fields = {"organisation_id": ticket.organisation_id, "ticket": ticket, "person": person, "doing": doing}
    before = Presence.objects.filter(tab=tab, person=person).first()
    if before is None and Presence.objects.filter(tab=tab).exists():
        # Whoever guesses another person's tab does not speak for them.
        return
    Presence.objects.update_or_create(tab=tab, defaults={**fields, "seen_at": at})
    is_news = (
        before is None or (before.ticket_id, before.doing) != (ticket.pk, doing) or before.seen_at < at - SILENT_AT_MOST
    )
    if is_news:
        _sweep()
        _announce(ticket)


def leave(ticket: Ticket, *, person: Person, tab: str) -> None:
    """Note that this tab is closed or out of sight."""
    if Presence.objects.filter(tab=tab, person=person).delete()[0]:
        _announce(ticket)


def others_in(tickets: Iterable[Ticket], *, person_id: int) -> list[Somebody]:
    """Return who else is in these tickets (which the asker may see), by ticket and name; two queries."""
    rows = (
        Presence.objects.filter(ticket__in=[each.pk for each in tickets], seen_at__gte=now() - SILENT_AT_MOST)
        .exclude(person_id=person_id)
        .select_related("ticket", "person")
    )
    found: dict[tuple[int, int], Somebody] = {}
    for row in rows:
        doing: Any = row.doing
        somebody = Somebody(row.ticket.number, row.person_id, row.person.name, doing)
        key = (somebody.number, somebody.person_id)
        if key not in found or DOINGS.index(found[key].doing) < DOINGS.index(doing):
            found[key] = somebody
    return sorted(found.values(), key=lambda each: (each.number, each.name))


def may_be_there(actor: Actor, ticket: Ticket) -> bool:
    """Tell whether this actor is shown who is in a ticket: the desk alone."""
    return actor.may("desk.use") and actor.may("ticket.see_internal", ticket)


def _sweep() -> None:
    with scoped(Scope.everything(reason="what is silent is silent in every organisation")):
        Presence.objects.filter(seen_at__lt=now() - 5 * SILENT_AT_MOST).delete()


def _announce(ticket: Ticket) -> None:
    live.tell(
        live.Announcement(
            story=ticket._meta.label_lower, story_id=ticket.pk, organisation_id=ticket.organisation_id, number=0,
            kind=KIND, is_public=False, actor_person_id=None,
        )
    )  # fmt: skip
