"""One verb for many tickets: begun once, each ticket done once, in the name of whoever asked for it.

A run and its steps are written first; then whoever comes by (the request that began it, the job, a second worker after
a crash) does the next step that nobody holds. A step and what it does to its ticket are one transaction.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for, find_person, scope_for
from entraide.people.models import Person
from entraide.routines.bulk_verbs import VERBS, Asked, Doing, Verb
from entraide.routines.models import BulkRun, BulkStep
from entraide.routines.putting_back import put_back
from entraide.tickets import queries
from entraide.tickets.models import Ticket

AT_MOST = 1000
log = logging.getLogger("entraide.bulk")


@dataclass(frozen=True)
class Chosen:
    """A ticket of the list as the person had it before them: by number, and whose it was."""

    number: int
    saw_assignee: int | None


def start(
    verb: Verb, asked: Asked, chosen: Iterable[Chosen], *, by: Person, actor: Actor, form: str, language: str
) -> BulkRun:
    """Begin a run over the tickets chosen, those that this person may see, and return it.

    The same form with the same content begins it once: the run that it began is returned. Raises Refused.
    """
    by_number = {each.number: each for each in chosen}
    if not by_number:
        raise Refused(_("Choose at least one ticket."))
    if len(by_number) > AT_MOST:
        raise Refused(_("At most %(most)d tickets are changed at once. Narrow the list.") % {"most": AT_MOST})
    content = json.dumps([verb.code, asked, sorted(by_number)], sort_keys=True)
    key = f"{by.pk}:{form}:{hashlib.sha256(content.encode()).hexdigest()[:24]}"
    tickets = list(queries.visible_to(actor).filter(number__in=by_number).order_by("number"))
    with transaction.atomic():
        run, is_new = BulkRun.objects.get_or_create(
            key=key,
            defaults={
                "started_by": by, "language": language, "verb": verb.code, "asked": asked, "total": len(tickets),
                "started_at": now(),
            },
        )  # fmt: skip
        if is_new:
            _add_steps(run, tickets, by_number)
            queue(run)
    return run


def queue(run: BulkRun, *, after_s: int = 0) -> None:
    """Let the job go on with a run."""
    # The job needs this module.
    from entraide.routines.bulk_jobs import go_on_with_bulk

    go_on_with_bulk.configure(schedule_in={"seconds": after_s}).defer(run_id=run.pk)


def go_on(run: BulkRun, *, until: datetime | None = None) -> bool:
    """Do the steps of a run that nobody else is doing, until that moment at the most; tell whether all are done."""
    person = find_person(run.started_by_id)
    assert person is not None
    # Whoever was shown the door meanwhile does nothing more.
    actor = actor_for(person) if person.is_active else Actor("person", person.pk)
    with (
        scoped(Scope.everything(reason="a run is brought to its end, whatever its author may still see")),
        translation.override(run.language),
    ):
        while (until is None or now() < until) and _do_next(run, person, actor):
            reach("bulk-step")
        # Whoever does the last step finds none left; whoever finds none free while another is at it leaves that to them.
        if not run.steps.filter(state=BulkStep.State.WAITING).exists():
            BulkRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=now())
    run.refresh_from_db()
    return run.finished_at is not None


def _add_steps(run: BulkRun, tickets: list[Ticket], chosen: dict[int, Chosen]) -> None:
    BulkStep.objects.bulk_create(
        BulkStep(
            organisation_id=ticket.organisation_id, run=run, position=position, ticket=ticket,
            saw_assignee=chosen[ticket.number].saw_assignee, seen=ticket.last_message_number,
        )
        for position, ticket in enumerate(tickets)
    )  # fmt: skip


def _do_next(run: BulkRun, person: Person, actor: Actor) -> bool:
    with transaction.atomic():
        free = run.steps.select_for_update(of=("self",), skip_locked=True).filter(state=BulkStep.State.WAITING)
        step = free.order_by("position").first()
        if step is None:
            return False
        _do(run, step, person, actor)
        step.save(update_fields=["state", "why", "version_before", "version_after"])
        reach("bulk-step-undecided")
    return True


def _do(run: BulkRun, step: BulkStep, person: Person, actor: Actor) -> None:
    try:
        with scoped(scope_for(person)), transaction.atomic():
            rows = queries.visible_to(actor).select_for_update(of=("self",))
            ticket = rows.filter(pk=step.ticket_id).first()
            if ticket is None:
                raise Refused(_("You can no longer see this ticket."))
            step.version_before = ticket.version
            _act(run, step, ticket, Doing(person, actor, step.saw_assignee, step.seen))
            step.version_after = Ticket.objects.only("version").get(pk=ticket.pk).version
            step.state = BulkStep.State.DONE
    except Refused as refused:
        step.state, step.why = BulkStep.State.REFUSED, refused.message[:500]
    except (OperationalError, InterfaceError):
        # The database went away, or two waited for each other: the job comes back to this step.
        raise
    except Exception:
        # One ticket that cannot be done must not keep all the others from it.
        log.exception("A step of a bulk action failed.", extra={"run": run.pk, "ticket": step.ticket_id})
        step.state, step.why = BulkStep.State.REFUSED, _("It could not be done: look into the log of the desk.")


def _act(run: BulkRun, step: BulkStep, ticket: Ticket, doing: Doing) -> None:
    if run.undoes_id is None:
        VERBS[run.verb].do(ticket, run.asked, doing)
        return
    with scoped(Scope.everything(reason="the step that is taken back stands where the ticket was then")):
        done = BulkStep.objects.get(run_id=run.undoes_id, ticket_id=ticket.pk)
    left = put_back(ticket, done, doing.actor)
    step.why = " ".join(left)[:500]
