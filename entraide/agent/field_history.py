"""The history of every field of a ticket: all of it, or one field from its first value to its last."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from entraide.agent.access import needs
from entraide.tickets import queries
from entraide.tickets.field_history import history
from entraide.tickets.seeing import note_seen


@needs("ticket.see")
def field_history(request: Any, number: int) -> HttpResponse:
    """What changed, who changed it and how long it stood so; `field` narrows it to one, which then begins with the opening."""
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    if ticket is None:
        raise Http404
    note_seen(ticket)
    changes = history(ticket)
    chosen = request.GET.get("field", "")
    fields = {each.field: each.label for each in changes}
    if chosen not in fields:
        chosen = ""
    shown = [each for each in changes if (each.field == chosen if chosen else not each.is_first)]
    query = request.GET.copy()
    query.pop("field", None)
    context = {
        "ticket": ticket,
        "changes": shown[::-1],
        "fields": [
            (code, label, sum(each.field == code and not each.is_first for each in changes))
            for code, label in fields.items()
        ],
        "chosen": chosen,
        "list_query": query.urlencode(),
    }
    return render(request, "agent/field_history.html", context)
