"""Time spent on a ticket: logging it, taking back what was wrong, and what there is of it."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.people.models import Person
from entraide.tickets.events.working import WorkLogged, WorkWithdrawn
from entraide.tickets.models import Activity, Mode, Ticket, Work

LATE_AT_MOST = timedelta(days=366)


def log_work(
    ticket: Ticket, *, person: Person, minutes: int, actor: Actor, day: date | None = None, activity: str = "",
    text: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Note that `person` worked on the ticket. Without `day` it was today, without `activity` as the ticket's mode says.

    Raises Refused for a day to come or more than a year ago, NotAllowed for the time of somebody else.
    """
    today = localdate(now())
    day = day or today
    if day > today:
        raise Refused(_("Work is logged once it is done: choose today or a day before."), field="day")
    if day < today - LATE_AT_MOST:
        raise Refused(_("This day is more than a year ago: is the year right?"), field="day")
    usual = Activity.ON_SITE if ticket.mode == Mode.ON_SITE else Activity.REMOTE
    event = WorkLogged(
        person.pk, minutes, day.isoformat(), activity or usual, text.strip(), person.pk != actor.person_id
    )
    return record(ticket, event, actor=actor, once=once)


def withdraw_work(
    ticket: Ticket, *, entry_number: int, actor: Actor, reason: str = "", once: str | None = None
) -> Entry:
    """Take back the time that was logged in this entry of the ticket's timeline; the entry stays to be read."""
    row = Work.objects.filter(ticket=ticket, entry__number=entry_number).first()
    if row is None:
        raise Refused(_("No time was logged there."))
    event = WorkWithdrawn(entry_number, row.minutes, row.person_id, reason.strip())
    return record(ticket, event, actor=actor, once=once)


def work_on(ticket: Ticket) -> list[Work]:
    """Return what was logged on a ticket and counts, the newest first; one query."""
    return list(
        ticket.work.filter(is_withdrawn=False).select_related("person", "entry").order_by("-day", "-entry__number")
    )


def minutes_by_person(rows: list[Work]) -> dict[str, int]:
    """Return the minutes of each person by name, most first."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.person.name] = found.get(row.person.name, 0) + row.minutes
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))
