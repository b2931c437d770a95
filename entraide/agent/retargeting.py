"""Putting open tickets under an agreement's newest version: what would change, then the run and its progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from entraide.agent.access import needs, typed_number
from entraide.agent.agreement_words import calendars_used, differences, promise_name
from entraide.agent.agreements import edits_all, find_agreement, frame, only_read
from entraide.core.clock import now
from entraide.core.events import Conflict
from entraide.sla.models import Retargeting
from entraide.tickets.models import Ticket
from entraide.tickets.retargeting import Change, Named, change_of
from entraide.tickets.retargeting_jobs import newest_run, start, waiting

SHOWN_AT_MOST = 200
# A run that has not moved for so long may have lost its job.
QUIET_FOR = timedelta(minutes=2)


@dataclass(frozen=True)
class Row:
    """One ticket: the nearest promise as it is and as it would be, in words, and what would be missed at once."""

    ticket: Ticket
    before: tuple[str, datetime] | None
    after: tuple[str, datetime] | None
    missed: tuple[str, ...]

    @property
    def is_other(self) -> bool:
        return self.before != self.after


@needs("settings.edit")
def retargeting(request: Any, key: int) -> HttpResponse:
    """What would change for the open tickets of earlier versions; sending it begins the run."""
    known = find_agreement(key)
    if not edits_all(request):
        return only_read(request)
    current = known.current
    status = 200
    if request.method == "POST":
        seen = known.versions.filter(number=typed_number(request.POST.get("version")) or 0).first()
        if seen is None:
            raise Http404
        try:
            run = start(seen, by=request.person)
            return redirect("agent:retargeting-run", key=key, run_key=run.pk)
        except Conflict as refused:
            messages.error(request, refused.message)
            status = 409
    tickets = waiting(current).select_related("organisation", "agreement_version").order_by("next_due_at", "pk")
    count = tickets.count()
    at = now()
    changes = [_row(change_of(ticket, current.pk, now=at)) for ticket in tickets[:SHOWN_AT_MOST]]
    old = {version.pk: version for change in changes if (version := change.ticket.agreement_version)}
    documents = [current.document, *(version.document for version in old.values())]
    calendars = calendars_used(documents)
    context = {
        "known": known,
        "current": current,
        "changes": changes,
        "count": count,
        "rest": count - len(changes),
        "missed": sum(bool(change.missed) for change in changes),
        "versions": [
            (version, differences(version.document, current.document, calendars))
            for version in sorted(old.values(), key=lambda each: -each.number)
        ],
        "run": newest_run(known),
        **frame(),
    }
    return render(request, "agent/agreement_retargeting.html", context, status=status)


@needs("settings.edit")
def run(request: Any, key: int, run_key: int) -> HttpResponse:
    """How far a run has come; the page asks again by itself until it is done."""
    known = find_agreement(key)
    found = Retargeting.objects.select_related("to_version", "started_by").filter(agreement=known, pk=run_key).first()
    if found is None:
        raise Http404
    is_quiet = found.finished_at is None and now() - found.moved_at > QUIET_FOR
    context = {"known": known, "run": found, "is_quiet": is_quiet, "may_edit": edits_all(request), **frame()}
    return render(request, "agent/agreement_run.html", context)


def _row(change: Change) -> Row:
    return Row(
        ticket=change.ticket,
        before=_in_words(change.before),
        after=_in_words(change.after),
        missed=tuple(promise_name(each.metric, each.level) for each in change.missed),
    )


def _in_words(due: tuple[Named, datetime] | None) -> tuple[str, datetime] | None:
    return (promise_name(due[0].metric, due[0].level), due[1]) if due else None
