"""Bulk actions: choosing in the list, the bar, and what became of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, takes_post, typed_number
from entraide.agent.desk import rows
from entraide.agent.sending import KEY, new_key
from entraide.agent.wanted import wanted
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.routines.bulk import AT_MOST, Chosen, go_on, start
from entraide.routines.bulk_verbs import VERBS, offered
from entraide.routines.models import BulkRun, BulkStep
from entraide.routines.undoing import may_undo, undo, undoable
from entraide.tickets.models import Ticket, reference_of

# So long somebody waits for the end of it; what is not done by then goes on by itself.
AT_ONCE = timedelta(seconds=1)
NAMED_AT_MOST = 30
RUNS_SHOWN = 50
# A run that has not come to its end after so long may have no worker.
QUIET_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Reason:
    """Tickets that were refused for one reason, the first of them named."""

    why: str
    tickets: list[Ticket]
    rest: int


@needs("ticket.see", to_write="ticket.assign")
@takes_post("agent:desk")
def bulk(request: Any) -> HttpResponse:
    """Begin a run over the chosen tickets and do as much of it as one likes to wait for."""
    verb = next((each for each in offered(request.actor) if each.code == request.POST.get("verb")), None)
    form = request.POST.get("form", "")
    try:
        if verb is None or not KEY.fullmatch(form):
            raise Refused(_("Choose what to do with the tickets."))
        asked = verb.ask({name: clean(value) for name, value in request.POST.items()}, request.actor)
        run = start(
            verb,
            asked,
            _chosen(request),
            by=request.person,
            actor=request.actor,
            form=form,
            language=get_language() or "fr",
        )
    except Refused as refused:
        return _said(request, refused)
    return _begun(request, run)


@needs("ticket.see", to_write="ticket.assign")
def matching(request: Any) -> HttpResponse:
    """Every ticket of the list that the address asks for, to be chosen at once: these very ones, whatever arrives next."""
    asked_for = wanted(request)
    found = list(asked_for.tickets.order_by(*asked_for.order).values_list("number", "assignee_id")[: AT_MOST + 1])
    context = {
        "count": min(len(found), AT_MOST),
        "at_most": AT_MOST,
        "is_cut": len(found) > AT_MOST,
        "chosen": ",".join(f"{number}:{assignee or ''}" for number, assignee in found[:AT_MOST]),
    }
    return render(request, "agent/bulk_matching.html", context)


@needs("ticket.see")
def run(request: Any, key: int) -> HttpResponse:
    """One run of one's own: how far it is, what was refused and why. As a box for the list where the page asks for it."""
    found = _own(request, key)
    if request.headers.get("HX-Request"):
        return render(request, "agent/bulk_run.html#result", outcome(found))
    with scoped(
        Scope.everything(reason="the steps of a run are its author's to read, wherever the tickets are by now")
    ):
        done = found.steps.filter(state=BulkStep.State.DONE).order_by("position")
        numbers = list(done.values_list("ticket__number", flat=True))
    done_numbers = [(number, reference_of(number)) for number in numbers]
    return render(request, "agent/bulk_run.html", {**outcome(found), "done_numbers": done_numbers})


@needs("ticket.see")
def runs(request: Any) -> HttpResponse:
    """The newest of one's own runs."""
    found = BulkRun.objects.filter(started_by=request.person.pk).select_related("undoes", "undone_by")[:RUNS_SHOWN]
    can_be_undone = undoable(found)
    rows_of = [(each, in_words(each), each.pk in can_be_undone, VERBS[each.verb].stays) for each in found]
    return render(request, "agent/bulk_runs.html", {"runs": rows_of})


@needs("ticket.see", to_write="ticket.assign")
@takes_post("agent:bulk-run", "key")
def undoing(request: Any, key: int) -> HttpResponse:
    """Undo one run of one's own, and do as much of it as one likes to wait for. Twice, it is begun once."""
    found = _own(request, key)
    in_list = request.headers.get("HX-Request") and "/bulk/runs/" not in request.headers.get("HX-Current-URL", "")
    try:
        begun = undo(found, language=get_language() or "fr")
    except Refused as refused:
        template = "agent/bulk_run.html#result" if in_list else "agent/bulk_run.html"
        return render(
            request, template, {**outcome(found), "refused_to_undo": refused.message}, status=200 if in_list else 422
        )
    go_on(begun, until=now() + AT_ONCE)
    if in_list:
        return render(request, "agent/bulk_run.html#result", outcome(begun))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": reverse("agent:bulk-run", args=[begun.pk])})
    return redirect("agent:bulk-run", key=begun.pk)


def outcome(run: BulkRun) -> dict[str, Any]:
    """Return what the box and the page of a run show."""
    with scoped(
        Scope.everything(reason="the steps of a run are its author's to read, wherever the tickets are by now")
    ):
        counts = dict(run.steps.order_by().values_list("state").annotate(n=Count("pk")))
        told = list(run.steps.exclude(why="").select_related("ticket").order_by("position"))
    refused = [each for each in told if each.state == BulkStep.State.REFUSED]
    in_part = [each for each in told if each.state == BulkStep.State.DONE]
    done = counts.get(BulkStep.State.DONE, 0)
    return {
        "run": run,
        "words": in_words(run),
        "done": done,
        "refused": len(refused),
        "reached": done + len(refused),
        "reasons": _by_reason(refused),
        "in_part": len(in_part),
        "reasons_in_part": _by_reason(in_part),
        "may_undo": may_undo(run),
        "stays": VERBS[run.verb].stays if run.undoes_id is None else "",
        "is_quiet": run.finished_at is None and now() - run.started_at > QUIET_FOR,
    }


def in_words(run: BulkRun) -> str:
    """Return what was asked: "Assign · Nils Favre"."""
    verb = VERBS[run.verb]
    asked = " · ".join(each for each in (str(verb.name), verb.says(run.asked)) if each)
    return _("Undo: %(what)s") % {"what": asked} if run.undoes_id else asked


def _begun(request: Any, run: BulkRun) -> HttpResponse:
    """Answer with the list as it is now, and with the box of the run beside it."""
    go_on(run, until=now() + AT_ONCE)
    if not request.headers.get("HX-Request"):
        return redirect("agent:bulk-run", key=run.pk)
    answer: HttpResponse = rows(request)
    context = {**outcome(run), "form_key": new_key(), "is_swapped": True}
    for part in ("agent/bulk_run.html#result", "agent/bulk_key.html"):
        answer.content += render(request, part, context).content
    return answer


def _said(request: Any, refused: Refused) -> HttpResponse:
    """Answer with the reason alone: the bar stays as it was filled in."""
    answer = render(request, "agent/bulk_refused.html", {"refused": refused}, status=422)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#bulk-refused", "innerHTML"
    return answer


def _chosen(request: Any) -> Iterable[Chosen]:
    """Read "1042:17,1043:": numbers, each with whose the ticket was."""
    for each in request.POST.get("chosen", "").split(","):
        number, _colon, assignee = each.partition(":")
        key = typed_number(number)
        if key is not None and key < 2**31:
            yield Chosen(key, typed_number(assignee))


def _own(request: Any, key: int) -> BulkRun:
    found = BulkRun.objects.filter(pk=key, started_by=request.person.pk).select_related("undoes", "undone_by").first()
    if found is None:
        raise Http404
    return found


def _by_reason(steps: list[BulkStep]) -> list[Reason]:
    by_reason: dict[str, list[Ticket]] = {}
    for step in steps:
        by_reason.setdefault(step.why, []).append(step.ticket)
    return [
        Reason(why, tickets[:NAMED_AT_MOST], max(0, len(tickets) - NAMED_AT_MOST))
        for why, tickets in sorted(by_reason.items(), key=lambda each: -len(each[1]))
    ]
