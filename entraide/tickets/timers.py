"""The timer of a technician on a ticket: of each person one runs at most, the others rest.

No event: a running timer says nothing of the ticket until its time is logged (working.py).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.models import Ticket, Timer

# Who forgets a timer over night did not work all night: then one is asked rather than told.
TRUSTED_AT_MOST_S = 8 * 3600
_WHY = "one's own timers, whichever client's ticket they are for"


def start(ticket: Ticket, *, person: Person) -> Timer:
    """Let the person's timer on this ticket run (on); the one that ran elsewhere rests from now on."""
    at = now()
    with transaction.atomic():
        _one_at_a_time(person)
        running = running_timer(person.pk)
        if running is not None and running.ticket_id == ticket.pk:
            return running
        if running is not None:
            _rest(running, at)
        timer = Timer.objects.filter(ticket=ticket, person=person).first()
        if timer is None:
            timer = Timer(organisation_id=ticket.organisation_id, ticket=ticket, person=person)
        timer.running_since = at
        timer.save()
    return timer


def pause(ticket: Ticket, *, person: Person) -> None:
    """Let it rest; what it has counted stays."""
    with transaction.atomic():
        _one_at_a_time(person)
        timer = Timer.objects.filter(ticket=ticket, person=person, running_since__isnull=False).first()
        if timer is not None:
            _rest(timer, now())


def drop(ticket: Ticket, *, person: Person) -> None:
    """Forget it, because its time is logged or was none."""
    Timer.objects.filter(ticket=ticket, person=person).delete()


def timer_on(ticket: Ticket, *, person_id: int) -> Timer | None:
    """Return the person's timer on this ticket, running or at rest."""
    return Timer.objects.filter(ticket=ticket, person_id=person_id).first()


def running_timer(person_id: int) -> Timer | None:
    """Return the timer of this person that runs, with its ticket, wherever it is; one query."""
    with scoped(Scope.everything(reason=_WHY)):
        return Timer.objects.filter(person_id=person_id, running_since__isnull=False).select_related("ticket").first()


def seconds_of(timer: Timer, at: datetime) -> int:
    """Return what it has counted until `at`."""
    run = (at - timer.running_since).total_seconds() if timer.running_since else 0
    return timer.seconds + max(0, int(run))


def minutes_of(timer: Timer, at: datetime) -> int | None:
    """Return the minutes to log, each begun one as a whole; None where it ran for so long that it was forgotten."""
    seconds = seconds_of(timer, at)
    return None if seconds > TRUSTED_AT_MOST_S else max(1, -(-seconds // 60))


def _rest(timer: Timer, at: datetime) -> None:
    timer.seconds, timer.running_since = seconds_of(timer, at), None
    with scoped(Scope.everything(reason=_WHY)):
        timer.save(update_fields=["seconds", "running_since"])


def _one_at_a_time(person: Person) -> None:
    with scoped(Scope.everything(reason=_WHY)):
        Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
