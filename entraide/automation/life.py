"""From a ticket to the facts that rules look at: as it stands, and as it stood after each entry of its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from entraide.automation.rules import Facts
from entraide.sla.clocks import Clock
from entraide.tickets.clocks import book_of, calendar_for, calendar_of_ticket
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.status import OPEN


def life_of(ticket: Ticket, entries: Iterable[TicketEntry] | None = None) -> list[Facts]:
    """Return the facts after each entry, oldest first; `entries` are the whole timeline in order, read if not given."""
    fresh = Ticket()
    fresh.pk = ticket.pk
    before: dict[str, Any] = {}
    silent_since: datetime | None = None
    life = []
    for entry in ticket.timeline() if entries is None else entries:
        moment, event = entry.moment(), entry.event
        event.apply(fresh, moment)
        fresh.version = moment.number
        fresh.after(event, moment, before)
        before = fresh.columns()
        # It begins with the first unanswered message; a second one does not begin it anew.
        silent_since = (silent_since or moment.at) if fresh.awaits_answer else None
        life.append(facts_of(fresh, book_of(fresh).clocks.values(), at=moment.at, silent_since=silent_since))
    return life


def facts_of(ticket: Ticket, clocks: Iterable[Clock], *, at: datetime, silent_since: datetime | None) -> Facts:
    """Return the facts of a ticket as it stands from `at` on."""
    return Facts(
        at=at,
        is_open=ticket.status in OPEN,
        kind=ticket.kind,
        priority=ticket.priority,
        level=ticket.level,
        organisation_id=ticket.organisation_id,
        team_id=ticket.team_id,
        assignee_id=ticket.assignee_id,
        clocks=tuple((clock, calendar_for(clock)) for clock in clocks if clock.target is not None),
        calendar=calendar_of_ticket(ticket),
        unassigned_since=ticket.unassigned_since,
        unaccepted_since=ticket.level_since if ticket.awaits_acceptance else None,
        silent_since=silent_since,
    )
