"""Recurring tickets: the list, the form with its next dates, pausing and removing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from entraide.agent.access import needs, takes_post, typed_number
from entraide.agent.calendars import zones
from entraide.agent.recurring_forms import RecurringForm
from entraide.agent.recurring_words import field_name, schedule_sentence, value_words
from entraide.core.clock import now
from entraide.core.events import NotAllowed, Refused
from entraide.look.dates import date_format
from entraide.look.punctuation import labelled
from entraide.people.models import Team
from entraide.people.queries import technicians
from entraide.routines import recurring as actions
from entraide.routines.calendars import working_days
from entraide.routines.models import RecurringOpening, RecurringTicket, TicketTemplate
from entraide.routines.schedule import some_after
from entraide.sla.models import CoverageCalendar
from entraide.sla.problems import CoverageError
from entraide.tickets import queries
from entraide.tickets.names import Names

DATES_SHOWN = 5
OPENINGS_SHOWN = 8
CHANGES_SHOWN = 12


@needs("macro.use")
def recurring(request: Any) -> HttpResponse:
    """All recurring tickets: when each comes next, and what it opened last."""
    newest = RecurringOpening.objects.filter(recurring=OuterRef("pk")).order_by("-due_at")
    rows = _there().select_related("organisation", "template", "requester", "team").annotate(
        last_missed=Subquery(newest.values("missed")[:1]), last_opened_at=Subquery(newest.values("opened_at")[:1])
    )  # fmt: skip
    found = [{"row": row, "sentence": schedule_sentence(row.schedule)} for row in rows]
    numbers = _numbers(request, [row["row"].last_ticket_id for row in found])
    for each in found:
        each["number"] = numbers.get(each["row"].last_ticket_id)
    return render(request, "agent/recurring.html", {"rows": found, "may_edit": _may(request), "section": "recurring"})


@needs("macro.use", to_write="recurring.edit")
def one(request: Any, key: int | None = None) -> HttpResponse:
    """One recurring ticket: its form and, when it is there already, what it opened and who changed it."""
    known = _find(key) if key is not None else None
    data = request.POST if request.method == "POST" else None
    row = known or RecurringTicket(starts_on=localdate() + timedelta(days=1))
    if known is None and data is None and not _may(request):
        raise Http404
    form = RecurringForm(data, instance=row, actor=request.actor)
    if data is None:
        return _page(request, known, form)
    if not form.is_valid() or form.requester is None:
        return _page(request, known, form, missing_requester=form.requester is None, status=422)
    try:
        if known is None:
            saved = actions.create(form.row(), actor=request.actor)
            messages.success(request, _("Saved. The next ticket comes on %(when)s.") % {"when": _said(saved)})
        else:
            actions.edit(form.row(), seen=typed_number(data.get("version")) or 0, actor=request.actor)
            messages.success(request, _("Saved."))
    except NotAllowed:
        return render(request, "look/error.html", {"status": 403}, status=403)
    except Refused as refused:
        return _page(request, _find(key) if key is not None else None, form, refused=refused, status=422)
    return redirect("agent:recurring")


@needs("recurring.edit")
@takes_post("agent:recurring-ticket", "key")
def state(request: Any, key: int) -> HttpResponse:
    """Pause it, resume it, or remove it: the button pressed says which."""
    known, seen = _find(key), typed_number(request.POST.get("version")) or 0
    wanted = request.POST.get("state")
    act = {"paused": actions.pause, "resumed": actions.resume, "removed": actions.remove}.get(wanted or "")
    if act is None:
        raise Http404
    try:
        act(known, seen=seen, actor=request.actor)
    except NotAllowed:
        return render(request, "look/error.html", {"status": 403}, status=403)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("agent:recurring-ticket", key=key)
    said = {
        "paused": _("Paused: nothing is opened until you resume it."),
        "resumed": _("It goes on with the next date."),
        "removed": _("Removed. The tickets that it opened stay."),
    }
    messages.success(request, said[wanted or ""])
    return redirect("agent:recurring") if wanted == "removed" else redirect("agent:recurring-ticket", key=key)


@needs("macro.use")
def dates(request: Any) -> HttpResponse:
    """The next dates of the schedule that stands in the form."""
    form = RecurringForm(request.GET, instance=RecurringTicket(), actor=request.actor)
    form.is_valid()
    needed = ("every", "unit", "at", "zone", "starts_on", "month_rule", "month_nth", "month_weekday", "off_days")
    if any(name not in form.cleaned_data for name in needed) or "weekdays" in form.errors or "ends_on" in form.errors:
        return render(request, "agent/recurring_ticket.html#dates", {"dates": None})
    return render(request, "agent/recurring_ticket.html#dates", _dates(form.row()))


def _there() -> Any:
    return RecurringTicket.objects.filter(removed_at=None)


def _find(key: int) -> RecurringTicket:
    rows = _there().select_related("template", "requester__organisation", "organisation", "calendar")
    found: RecurringTicket | None = rows.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _may(request: Any) -> bool:
    return bool(request.actor.may_on_anything("recurring.edit"))


def _said(row: RecurringTicket) -> str:
    return date_format(localtime(row.next_at, ZoneInfo(row.zone)), "l j F Y, H:i") if row.next_at else "—"


def _dates(row: RecurringTicket) -> dict[str, Any]:
    """Return the next dates by the clock of the schedule's zone, and its sentence."""
    try:
        found = some_after(row.schedule, now(), DATES_SHOWN, is_working=working_days(row.calendar))
    except CoverageError:
        found = []
    return {"dates": [localtime(each, ZoneInfo(row.zone)) for each in found], "sentence": schedule_sentence(row.schedule)}  # fmt: skip


def _page(
    request: Any, known: RecurringTicket | None, form: RecurringForm, *, refused: Refused | None = None,
    missing_requester: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        "form": form,
        "known": known,
        "may_edit": _may(request),
        "refused": refused,
        "missing_requester": missing_requester,
        "requester": form.requester,
        "version": request.POST.get("version") or (known.version if known else 0),
        "zones": zones(),
        "section": "recurring",
    }
    if known is not None:
        openings = list(known.openings.order_by("-due_at")[:OPENINGS_SHOWN])
        numbers = _numbers(request, [each.ticket_id for each in openings])
        context["openings"] = [(each, numbers.get(each.ticket_id)) for each in openings]
        context["changes"] = _changes(known)
        context["next_at"] = localtime(known.next_at, ZoneInfo(known.zone)) if known.next_at else None
    return render(request, "agent/recurring_ticket.html", context, status=status)


def _numbers(request: Any, keys: list[int | None]) -> dict[int, int]:
    """Return the numbers of the tickets that this person may see, by key."""
    rows = queries.visible_to(request.actor).filter(pk__in=[key for key in keys if key])
    return dict(rows.values_list("pk", "number"))


def _changes(known: RecurringTicket) -> list[dict[str, Any]]:
    """Return who did what to it, newest first."""
    changes = list(known.changes.order_by("-pk")[:CHANGES_SHOWN])
    named = {name for each in changes for name in each.changes if name.endswith("_id")}
    names: dict[tuple[str, int], str] = {}
    tables: dict[str, Any] = {
        "template_id": TicketTemplate.objects.values_list("pk", "name"),
        "team_id": Team.objects.values_list("pk", "name"),
        "calendar_id": CoverageCalendar.objects.values_list("pk", "name"),
        "assignee_id": [(each.pk, each.name) for each in technicians()] if "assignee_id" in named else [],
    }
    for name in named & set(tables):
        names.update({(name, key): words for key, words in tables[name]})
    people = Names([each.by_id for each in changes])
    for each in changes:
        for key in each.changes.get("requester_id", []):
            names["requester_id", key] = people.person(key)
    return [
        {
            "who": people.person(each.by_id),
            "act": each.get_act_display(),
            "at": each.at,
            "lines": [
                labelled(field_name(name), f"{value_words(name, old, names)} → {value_words(name, new, names)}")
                for name, (old, new) in each.changes.items()
            ],
        }
        for each in changes
    ]
