"""Logging time on a ticket, taking it back, and the timer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, takes_post, to_page, typed_number
from entraide.agent.sending import new_key
from entraide.agent.tickets import verb
from entraide.agent.work_panel import work_panel
from entraide.core.events import Refused
from entraide.people.models import Person
from entraide.people.queries import technicians
from entraide.sla.durations import DurationError, read_duration
from entraide.tickets import queries, timers
from entraide.tickets.models import Ticket
from entraide.tickets.working import log_work, withdraw_work


@verb
def work(request: Any, found: Ticket) -> None:
    """Log time; the timer that counted it goes with it."""
    with transaction.atomic():
        log_work(
            found, person=_person(request), minutes=_minutes(request), day=_day(request), activity=_typed(request, "activity"),
            text=_typed(request, "text"), actor=request.actor, once=request.sent.once,
        )  # fmt: skip
        timers.drop(found, person=request.person)


@verb
def work_withdrawal(request: Any, found: Ticket) -> None:
    """Take back time that was logged."""
    withdraw_work(
        found, entry_number=typed_number(request.POST.get("entry")) or 0, reason=_typed(request, "reason"),
        actor=request.actor, once=request.sent.once,
    )  # fmt: skip


@needs("ticket.log_work")
@takes_post("agent:ticket", "number")
def timer(request: Any, number: int) -> HttpResponse:
    """Let one's timer run, rest, or forget it; the panel comes back alone where the page asks for it."""
    found = queries.find(number, actor=request.actor) if number < 2**31 else None
    if found is None or not request.actor.may("ticket.log_work", found):
        raise Http404
    match request.POST.get("do"):
        case "start":
            timers.start(found, person=request.person)
        case "pause":
            timers.pause(found, person=request.person)
        case "drop":
            timers.drop(found, person=request.person)
        case _:
            return HttpResponse(status=422)
    if request.headers.get("HX-Request"):
        context = {
            "ticket": found, "form_key": new_key(), "list_query": request.GET.urlencode(), **work_panel(request, found)
        }  # fmt: skip
        return render(request, "agent/work_panel.html", context)
    return to_page(request, "agent:ticket", number=number, fragment="work")


def _minutes(request: Any) -> int:
    typed = _typed(request, "minutes")
    if not typed:
        raise Refused(_("Say how long it took: from one minute to 24 hours."), field="minutes")
    try:
        return read_duration(typed)
    except DurationError as error:
        raise Refused(
            _("“%(text)s” is not a duration in whole minutes; write it as in 30 min, 4 h, 1 h 30 or 2:30.")
            % {"text": typed[:40]},
            field="minutes",
        ) from error


def _day(request: Any) -> date | None:
    typed = _typed(request, "day")
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise Refused(_("“%(text)s” is not a day.") % {"text": typed[:40]}, field="day") from error


def _person(request: Any) -> Person:
    key = typed_number(request.POST.get("person"))
    if key is None or key == request.person.pk:
        me: Person = request.person
        return me
    for each in technicians():
        if each.pk == key:
            return each
    raise Refused(_("Choose somebody of the desk."), field="person")


def _typed(request: Any, name: str) -> str:
    return clean(request.POST.get(name, "")).strip()
