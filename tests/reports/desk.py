"""A few days of February 2026 at the desk, played by the clock: office hours are 8–12 and 13:30–18, Monday to Friday."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

ZURICH = ZoneInfo("Europe/Zurich")
# A Monday in the month after the one that is reported on.
LATER = datetime(2026, 3, 2, 9, tzinfo=ZURICH)


@contextmanager
def at(clock: str, day: int = 2, month: int = 2) -> Iterator[None]:
    """Set the time of day on a day of February (the 2nd is a Monday)."""
    hour, minute = map(int, clock.split(":"))
    with time_machine.travel(datetime(2026, month, day, hour, minute, tzinfo=ZURICH), tick=False), everything():
        yield


def answered_late(world: World, *, day: int = 2, requester: Person | None = None, **facts: Any) -> Ticket:
    """A P3 that Nadia took after an hour and answered an open hour too late (due at noon, answered at 14:30)."""
    with at("08:00", day):
        ticket = world.ticket(requester, **facts)
    with at("09:00", day):
        actions.take(ticket, actor=world.as_(world.nadia))
    with at("14:30", day):
        actions.reply(ticket, text="Nous regardons.", actor=world.as_(world.nadia))
    return ticket


def answered_in_time(world: World, *, day: int = 2, requester: Person | None = None, **facts: Any) -> Ticket:
    """A P3 that Nils answered within the hour."""
    with at("08:00", day):
        ticket = world.ticket(requester, **facts)
    with at("09:00", day):
        actions.take(ticket, actor=world.as_(world.nils))
        actions.reply(ticket, text="Voilà.", actor=world.as_(world.nils))
    return ticket


def accepted_late(world: World, *, day: int = 3) -> Ticket:
    """A P3 that went to N2 at 09:30 and was accepted there at 15:30, two open hours late; solved at 16:00."""
    ticket = answered_in_time(world, day=day)
    with at("09:30", day):
        hand_over(ticket, world)
    with at("15:30", day):
        actions.accept(ticket, actor=world.as_(world.benoit))
    with at("16:00", day):
        actions.resolve(ticket, code="solved", text="Pilote remplacé.", actor=world.as_(world.benoit))
    return ticket


def hand_over(ticket: Ticket, world: World) -> None:
    handover = {"observed": "Rien ne sort.", "tried": "Redémarrée.", "asked": "Regarder le serveur.", "why": "Serveur."}
    actions.escalate(ticket, team=world.n2, actor=world.as_(world.nils), **handover)
