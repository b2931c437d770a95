"""Taking out of a ticket what must not be kept: a password that somebody wrote, a file that came by mistake."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, sentence, typed_number
from entraide.core.events import Refused
from entraide.tickets import forgetting, queries
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.timeline import lines_of


@needs("ticket.redact")
def redaction(request: Any, number: int, entry: int) -> HttpResponse:
    """One message and its files: what is to go, where else it stands, and then its going."""
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    chosen = ticket.timeline().filter(number=entry).first() if ticket and entry < 2**31 else None
    if ticket is None or chosen is None or not request.actor.may("ticket.redact", ticket):
        raise Http404
    typed = {name: clean(request.POST.get(name, "")).strip() for name in ("passage", "reason")}
    if request.method != "POST":
        return _page(request, ticket, chosen, typed)
    try:
        if file_key := typed_number(request.POST.get("file")):
            _take_away(request, ticket, chosen, file_key, typed["reason"])
            messages.success(request, _("The file is taken away."))
        elif "confirmed" not in request.POST:
            places = forgetting.places_of(ticket, typed["passage"])
            return _page(request, ticket, chosen, typed, places=places)
        else:
            forgetting.redact(ticket, passage=typed["passage"], reason=typed["reason"], actor=request.actor)
            messages.success(request, _("The passage is taken out, here and wherever else it was kept."))
    except Refused as refused:
        return _page(request, ticket, chosen, typed, refused=refused)
    return redirect("agent:ticket", number=ticket.number)


def _take_away(request: Any, ticket: Ticket, chosen: TicketEntry, key: int, reason: str) -> None:
    attachment = chosen.attachments.filter(pk=key).first()
    if attachment is None:
        raise Refused(_("This file is not here any more: somebody has just taken it away."))
    forgetting.take_file_away(ticket, attachment=attachment, reason=reason, actor=request.actor)


def _page(
    request: Any,
    ticket: Ticket,
    chosen: TicketEntry,
    typed: dict[str, str],
    *,
    places: list[forgetting.Place] | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "line": lines_of([chosen])[0],
        "typed": typed,
        "places": places,
        "found": [(place, lines_of([place.entry])[0]) for place in places or ()],
        "refused": sentence(refused) if refused else None,
    }
    return render(request, "agent/redaction.html", context, status=422 if refused else 200)
