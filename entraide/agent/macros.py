"""Macros: the list, the editor with its preview, and the picker of the reply box."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.agent.access import needs, takes_post, typed_number
from entraide.agent.macro_forms import MacroForm
from entraide.routines.applying import plan, text_for
from entraide.routines.facts import VARIABLES
from entraide.routines.models import Macro
from entraide.routines.ordering import by_use
from entraide.routines.reach import may_change, usable, visible
from entraide.tickets import queries
from entraide.tickets.models import Ticket


@needs("macro.use")
def macros(request: Any) -> HttpResponse:
    """All macros that one may use or keep in order, the most used first."""
    found = by_use(visible(Macro.objects.select_related("team", "owner"), request.actor), person_id=request.person.pk)
    return render(request, "agent/macros.html", {"rows": found, "section": "macros"})


@needs("macro.use")
def macro(request: Any, key: int | None = None) -> HttpResponse:
    """One macro: its form; `delete` removes it."""
    known = _visible(request, key) if key is not None else None
    may = known is None or may_change(known, request.actor)
    if request.method == "POST" and not may:
        return render(request, "look/error.html", {"status": 403}, status=403)
    if request.method == "POST" and known is not None and "delete" in request.POST:
        known.delete()
        messages.success(request, _("Deleted."))
        return redirect("agent:macros")
    data = request.POST if request.method == "POST" else None
    form = MacroForm(data, instance=known or Macro(), actor=request.actor)
    if data is not None and form.is_valid():
        form.keep(request.person)
        messages.success(request, _("Saved."))
        return redirect("agent:macros")
    examples = _examples(request)
    context = {
        "form": form,
        "known": known,
        "may_edit": may,
        "section": "macros",
        "variables": VARIABLES.items(),
        "examples": examples,
        "tried_on": typed_number(request.GET.get("ticket")) or (examples[0].number if examples else None),
    }
    return render(request, "agent/macro.html", context, status=422 if form.errors else 200)


@needs("macro.use")
@takes_post("agent:macros")
def preview(request: Any) -> HttpResponse:
    """What the macro, as it is typed, would say and do on one ticket."""
    ticket = queries.find(_number(request.POST.get("preview_on")), actor=request.actor)
    if ticket is None:
        return render(request, "agent/macro.html#preview", {"no_ticket": True})
    if key := typed_number(request.POST.get("macro")):
        # One that may be read and not changed: nothing of it was typed.
        row = _visible(request, key)
    else:
        form = MacroForm({**request.POST.dict(), "place": "owner"}, instance=Macro(), actor=request.actor)
        if not form.is_valid():
            return render(request, "agent/macro.html#preview", {"faults": form.errors})
        row = form.row()
    said, language = text_for(row, ticket, me=request.person)
    context = {
        "ticket": ticket,
        "said": said,
        "language": language,
        "plan": plan(row, ticket, actor=request.actor) if row.acts else None,
        "variables": VARIABLES,
    }
    return render(request, "agent/macro.html#preview", context)


@needs("macro.use")
def picker(request: Any, number: int) -> HttpResponse:
    """The macros that one may use on this ticket, to be searched while typing."""
    _ticket(request, number)
    rows = by_use(
        usable(Macro.objects.filter(is_active=True).select_related("team", "owner"), request.actor),
        person_id=request.person.pk,
    )
    return render(request, "agent/macro_picker.html", {"rows": rows, "number": number})


@needs("macro.use")
def chosen(request: Any, number: int, key: int) -> HttpResponse:
    """One macro on one ticket: its text, filled in, and what will be done with the sending."""
    ticket = _ticket(request, number)
    found = usable(Macro.objects.filter(is_active=True, pk=key), request.actor).first()
    if found is None:
        raise Http404
    return render(request, "agent/macro_chosen.html", panel_of(request, found, ticket))


def panel_of(request: Any, macro: Macro, ticket: Ticket) -> dict[str, Any]:
    """Return what the panel beside the reply shows of a chosen macro."""
    said, language = text_for(macro, ticket, me=request.person)
    return {
        "macro": macro,
        "said": said,
        "language": language,
        "is_other_language": language != ticket.requester.spoken_language[:2],
        "empty": [VARIABLES.get(name, name) for name in said.empty],
        "plan": plan(macro, ticket, actor=request.actor),
    }


def _visible(request: Any, key: int) -> Macro:
    found = visible(Macro.objects.filter(pk=key), request.actor).first()
    if found is None:
        raise Http404
    return found


def _ticket(request: Any, number: int) -> Ticket:
    found = queries.find(number, actor=request.actor) if number < 2**31 else None
    if found is None:
        raise Http404
    return found


def _number(text: str | None) -> int:
    digits = "".join(each for each in text or "" if each.isdecimal())
    return typed_number(digits[-9:]) or 0


def _examples(request: Any) -> list[Ticket]:
    """Return tickets to try it on: one's own work first."""
    rows = queries.open_tickets(queries.visible_to(request.actor)).select_related("requester")
    own = list(rows.filter(assignee=request.person.pk).order_by("-updated_at")[:5])
    others = rows.filter(~Q(assignee=request.person.pk) | Q(assignee=None)).order_by("-updated_at")[: 8 - len(own)]
    return [*own, *others]
