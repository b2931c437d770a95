"""Undoing a run: a run of its own over the tickets that it changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.routines.bulk import queue
from entraide.routines.bulk_models import UNDONE_WITHIN
from entraide.routines.bulk_verbs import VERBS
from entraide.routines.models import BulkRun, BulkStep

_EVERYWHERE = Scope.everything(reason="the steps of a run are its author's, wherever the tickets are by now")


def may_undo(run: BulkRun) -> bool:
    """Tell whether this run can still be undone: at its end, within the time, not undone yet, of a verb that can be."""
    return bool(undoable([run]))


def undoable(runs: Iterable[BulkRun]) -> set[int]:
    """Return the keys of those of these runs that can still be undone, as they changed something."""
    keys = [run.pk for run in runs if VERBS[run.verb].is_undoable and run.may_be_undone]
    with scoped(_EVERYWHERE):
        changed = BulkStep.objects.filter(run__in=keys, state=BulkStep.State.DONE).order_by()
        return set(changed.values_list("run_id", flat=True).distinct())


def undo(run: BulkRun, *, language: str) -> BulkRun:
    """Begin to undo a run, in the name of whoever started it, and return the run that does it.

    It is begun once: asked for again, the run that it began is returned. Raises Refused.
    """
    if (begun := BulkRun.objects.filter(undoes=run).first()) is not None:
        return begun
    if not may_undo(run):
        raise Refused(_why_not(run))
    with scoped(_EVERYWHERE), transaction.atomic():
        done = list(run.steps.filter(state=BulkStep.State.DONE).select_related("ticket").order_by("position"))
        undoing, is_new = BulkRun.objects.get_or_create(
            key=f"undo:{run.pk}",
            defaults={
                "started_by_id": run.started_by_id, "language": language, "verb": run.verb, "asked": run.asked,
                "undoes": run, "total": len(done), "started_at": now(),
            },
        )  # fmt: skip
        if is_new:
            BulkStep.objects.bulk_create(
                BulkStep(
                    organisation_id=each.ticket.organisation_id, run=undoing, position=each.position, ticket=each.ticket
                )
                for each in done
            )
            queue(undoing)
    return undoing


def _why_not(run: BulkRun) -> str:
    if not VERBS[run.verb].is_undoable:
        return str(VERBS[run.verb].stays)
    if run.undoes_id is not None:
        return _("What was undone is not undone again: choose the tickets and ask for it once more.")
    if run.finished_at is None:
        return _("It goes on still. Undo it when it is at its end.")
    if run.may_be_undone:
        return _("Nothing was changed.")
    return _("A bulk action can be undone for %(hours)d hours. Choose the tickets and change them by hand.") % {
        "hours": UNDONE_WITHIN.total_seconds() // 3600
    }
