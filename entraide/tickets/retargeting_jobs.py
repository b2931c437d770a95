"""Putting open tickets under the newest version of their agreement: in batches, safe to repeat and after a crash."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.contracts.holding import Holding
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.events import Conflict, Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.sla.models import Agreement, AgreementVersion, Retargeting
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from entraide.tickets.status import OPEN

BATCH = 50


@app.task(name="entraide.retarget", queue="upkeep", retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def retarget_batch(run_id: int, after: int = 0) -> None:
    """Do the next tickets of a run, then queue the following ones."""
    do_batch(run_id, after=after)


def waiting(version: AgreementVersion) -> QuerySet[Ticket]:
    """Return the open tickets for which this agreement holds now and that stand on another version or agreement.

    As far as the scope reaches. A ticket for which another agreement holds by now is that one's to put right.
    """
    return Ticket.objects.filter(Holding.read().covered_by(version.agreement), status__in=OPEN).exclude(
        agreement_version=version
    )


def waiting_count(version: AgreementVersion) -> int:
    return waiting(version).count()


def newest_run(agreement: Agreement) -> Retargeting | None:
    return agreement.retargetings.select_related("to_version", "started_by").first()


def start(version: AgreementVersion, *, by: Person) -> Retargeting:
    """Begin to put all waiting tickets under this version and return the run.

    A run to this version that has not finished is queued again rather than begun twice; one to an earlier version
    ends. Raises Conflict when `version` is not the newest any more.
    """
    try:
        with transaction.atomic():
            if version.agreement.current.pk != version.pk:
                raise Conflict(_("The agreement has changed since you looked: look again at what would change."))
            unfinished = Retargeting.objects.filter(agreement=version.agreement, finished_at=None)
            # A run to an earlier version, interrupted or not, has nothing left to do.
            unfinished.exclude(to_version=version).update(finished_at=now())
            run = unfinished.first()
            if run is None:
                run = Retargeting.objects.create(
                    agreement=version.agreement,
                    to_version=version,
                    total=_all_waiting(version),
                    started_by=by,
                    started_at=now(),
                    moved_at=now(),
                )
            retarget_batch.defer(run_id=run.pk)
    except IntegrityError:
        raise Conflict(_("Somebody else has just started it.")) from None
    return run


def do_batch(run_id: int, *, after: int = 0) -> None:
    """Do the tickets of a run whose key comes after `after`; at the end, close the run."""
    run = Retargeting.objects.select_related("to_version").get(pk=run_id)
    if run.finished_at is not None:
        return
    with scoped(Scope.everything(reason="an agreement is shared by many organisations")):
        batch = list(waiting(run.to_version).filter(pk__gt=after).order_by("pk")[:BATCH])
        for ticket in batch:
            _retarget(ticket, run)
        left = waiting_count(run.to_version)
        is_last = len(batch) < BATCH
        # Counted by what is left, so that a batch which is done twice counts once.
        with transaction.atomic():
            Retargeting.objects.filter(pk=run.pk).update(
                done=max(0, run.total - left), moved_at=now(), finished_at=now() if is_last else None
            )
            if not is_last:
                retarget_batch.defer(run_id=run.pk, after=batch[-1].pk)


def _retarget(ticket: Ticket, run: Retargeting) -> None:
    try:
        actions.retarget(
            ticket,
            version_id=run.to_version_id,
            actor=Actor.system("agreement"),
            once=f"retarget:{run.pk}:{ticket.pk}",
        )
    except Refused:
        # Resolved or put there by somebody in this very moment: nothing left to do.
        return
    reach("ticket-retargeted")


def _all_waiting(version: AgreementVersion) -> int:
    with scoped(Scope.everything(reason="an agreement is shared by many organisations")):
        return waiting_count(version)
