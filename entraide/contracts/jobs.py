"""What the desk does with contracts by itself: renew them on their last day, and tell of ends that come near."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q
from procrastinate.contrib.django import app

from entraide.contracts import actions
from entraide.contracts.days import warns_on
from entraide.contracts.holding import day_at
from entraide.contracts.models import Contract
from entraide.contracts.terms import LONGEST_NOTICE_DAYS
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped

log = logging.getLogger("entraide.contracts")


# Every hour: the last day begins when it does where the client is.
@app.periodic(cron="7 * * * *")
@app.task(name="entraide.look_after_contracts", queue="upkeep", queueing_lock="look_after_contracts")
def look_after_contracts(timestamp: int) -> None:
    """Tell of the ends that come near, then renew what is renewed by itself."""
    tell_of_ends()
    renew_contracts()


def renew_contracts() -> int:
    """Renew the contracts whose last day has come; return how many renewals. It may run at the same time elsewhere."""
    at = now()
    with scoped(Scope.everything(reason="contracts of every organisation come to their end")):
        due = Contract.objects.filter(renewal_months__isnull=False, ends_on__lte=at.date() + timedelta(days=1))
        return sum(_guarded(each, at, _renew) for each in due.select_related("organisation").order_by("pk"))


def tell_of_ends() -> int:
    """Tell of each end that is near, once; return how many."""
    at = now()
    nearest = at.date() - timedelta(days=1)
    farthest = at.date() + timedelta(days=LONGEST_NOTICE_DAYS + 31)
    with scoped(Scope.everything(reason="contracts of every organisation come to their end")):
        untold = Q(told_of_end_on=None) | ~Q(told_of_end_on=F("ends_on"))
        near = Contract.objects.filter(untold, ends_on__range=(nearest, farthest))
        return sum(_guarded(each, at, _tell) for each in near.select_related("organisation").order_by("pk"))


def _guarded(contract: Contract, at: datetime, act: Callable[[Contract, datetime], int]) -> int:
    try:
        return act(contract, at)
    except Refused:
        # Ended or renewed by somebody in this very moment.
        return 0
    except Exception:
        # One contract that fails must not keep all the others from it.
        log.exception("A contract could not be looked after.", extra={"contract": contract.pk})
        return 0


def _renew(contract: Contract, at: datetime) -> int:
    today, renewals = day_at(contract.organisation, at), 0
    # More than once where the desk was down for longer than one term.
    while contract.ends_on is not None and contract.renewal_months is not None and contract.ends_on <= today:
        before = contract.ends_on
        actions.renew_by_itself(contract)
        if contract.ends_on == before:
            # Another worker did it.
            contract.refresh_from_db()
        else:
            renewals += 1
    return renewals


def _tell(contract: Contract, at: datetime) -> int:
    today = day_at(contract.organisation, at)
    if contract.ends_on is None or contract.ends_on < today:
        return 0
    if warns_on(contract.ends_on, notice_days=contract.notice_days) > today:
        return 0
    actions.tell_of_end(contract, ends_on=contract.ends_on)
    return 1
