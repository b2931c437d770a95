"""Approvals whose day comes near, or has passed."""

from __future__ import annotations

from procrastinate.contrib.django import app

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.tickets.approving import expire, remind
from entraide.tickets.models import Approval

BATCH = 200
APPROVALS = Actor.system("approvals")


@app.periodic(cron="* * * * *")
@app.task(name="entraide.approvals", queue="upkeep", queueing_lock="approvals")
def approvals(timestamp: int) -> None:
    """Remind those who have not answered, and end what was not answered by its day."""
    remind_and_expire()


def remind_and_expire() -> int:
    """Do what is due; return how many were ended or reminded of."""
    done = 0
    with scoped(Scope.everything(reason="days come for every organisation")):
        waiting = Approval.objects.filter(state=Approval.State.OPEN).select_related("ticket")
        for approval in waiting.filter(until__lte=now()).order_by("until")[:BATCH]:
            done += _try(expire, approval)
        for approval in waiting.filter(remind_at__lte=now(), until__gt=now()).order_by("remind_at")[:BATCH]:
            done += _try(remind, approval)
    return done


def _try(act: object, approval: Approval) -> bool:
    assert callable(act)
    try:
        act(approval, actor=APPROVALS)
    except Refused:
        # Answered or withdrawn in this very moment.
        return False
    return True
