"""Rules for tests, and what they did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from entraide.automation.models import EscalationRule
from entraide.tickets.models import Ticket, TicketEntry
from tests.world import everything

NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Geneva
FIRED = "hierarchically_escalated"


def a_rule(**facts: Any) -> EscalationRule:
    """Make a rule that tells the coordinators when nobody has taken a ticket for ten minutes, unless told otherwise."""
    return EscalationRule.objects.create(
        **{
            "name": "Sans personne",
            "trigger": "unassigned",
            "minutes": 10,
            "recipients": ["role:coordinator"],
            "active_since": datetime(2026, 1, 1, tzinfo=UTC),
            **facts,
        }
    )


def fired_on(ticket: Ticket) -> list[Any]:
    """Return the events of rules in the timeline of a ticket."""
    with everything():
        return [entry.event for entry in TicketEntry.objects.filter(ticket=ticket, kind=FIRED).order_by("number")]
