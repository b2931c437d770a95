"""What the desk does by itself, later."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from procrastinate.contrib.django import app

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.tickets import actions, approval_jobs, clock_jobs, retargeting_jobs, scan_jobs  # noqa: F401 (their jobs register themselves)
from entraide.tickets.models import Ticket
from entraide.tickets.status import Status

BATCH = 200


@app.periodic(cron="*/5 * * * *")
@app.task(name="entraide.close_resolved", queue="upkeep", queueing_lock="close_resolved")
def close_resolved(timestamp: int) -> None:
    """Close the tickets that were resolved long enough ago without a word from the requester."""
    close_resolved_tickets()


@app.periodic(cron="* * * * *")
@app.task(name="entraide.resume_due", queue="upkeep", queueing_lock="resume_due")
def resume_due(timestamp: int) -> None:
    """Put tickets back to work whose agreed date has come."""
    resume_due_tickets()


def close_resolved_tickets() -> int:
    """Close what is due; return how many tickets were closed."""
    days = settings.ENTRAIDE.auto_close_days
    with scoped(Scope.everything(reason="the rule of automatic closing holds for every organisation")):
        due = Ticket.objects.filter(status=Status.RESOLVED, resolved_at__lte=now() - timedelta(days=days))
        # A major incident waits for its review, and must not keep the others from being closed.
        due = due.filter(Q(major_since=None) | Q(major_reviewed_at__isnull=False))
        return sum(_close(ticket, days) for ticket in due.order_by("resolved_at")[:BATCH])


def resume_due_tickets() -> int:
    """Resume what is due; return how many tickets were resumed."""
    with scoped(Scope.everything(reason="agreed dates come for every organisation")):
        due = Ticket.objects.filter(status=Status.WAITING, waiting_until__lte=now())
        return sum(_resume(ticket) for ticket in due.order_by("waiting_until")[:BATCH])


def _close(ticket: Ticket, days: int) -> bool:
    try:
        actions.close(
            ticket, after_days=days, actor=Actor.system("closing"), once=f"close:{ticket.pk}:{ticket.version}"
        )
    except Refused:
        # Reopened or closed by somebody in this very moment: nothing left to do.
        return False
    return True


def _resume(ticket: Ticket) -> bool:
    try:
        actions.resume(ticket, actor=Actor.system("waiting"), once=f"resume:{ticket.pk}:{ticket.version}")
    except Refused:
        return False
    return True
