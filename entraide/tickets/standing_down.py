"""What standing a major incident down does to the tickets that followed it, and who had led it until then."""

from __future__ import annotations

from entraide.core.actor import Actor
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.tickets.events.majors import Led, MajorChanged, MajorDeclared, MajorStandingDownShared
from entraide.tickets.models import Ticket, TicketEntry


def share_standing_down(ticket: Ticket, *, major: Ticket, reason: str, actor: Actor, once: str | None = None) -> Entry:
    """Put a ticket that followed `major` on its own again, and tell its people why."""
    return record(ticket, MajorStandingDownShared(major.pk, major.number, reason), actor=actor, once=once)


def led_before(entry: TicketEntry) -> Led:
    """Return who led a major incident and had a stake in it just before this entry of its timeline."""
    led = entry.ticket.timeline().filter(number__lt=entry.number, kind__in=[MajorDeclared.kind, MajorChanged.kind])
    event = led.latest("number").event
    assert isinstance(event, Led)
    return event
