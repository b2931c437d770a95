"""Who else is in a ticket: each tab says that it is there and hears who is; the list asks for its rows."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from entraide.agent.access import needs, takes_post, typed_number
from entraide.look.templatetags.look import avatar
from entraide.tickets import presence as there
from entraide.tickets import queries
from entraide.tickets.presence import DOINGS, Somebody

ROWS_AT_MOST = 200
TAB = re.compile(r"[A-Za-z0-9-]{16,40}")


@needs("ticket.see")
@takes_post("agent:ticket", "number")
def presence(request: Any, number: int) -> HttpResponse:
    """Say what this tab does (`doing`; `gone` when it closes); the answer is who else is there."""
    ticket = queries.find(number, actor=request.actor) if number < 2**31 else None
    tab, doing = request.POST.get("tab", ""), request.POST.get("doing", "")
    if ticket is None or not there.may_be_there(request.actor, ticket):
        raise Http404
    if not TAB.fullmatch(tab) or doing not in (*DOINGS, "gone"):
        return HttpResponse(status=422)
    if doing == "gone":
        there.leave(ticket, person=request.person, tab=tab)
        return HttpResponse(status=204)
    there.be_there(ticket, person=request.person, tab=tab, doing=doing)
    return _answer(there.others_in([ticket], person_id=request.person.pk))


@needs("ticket.see")
def marks(request: Any) -> HttpResponse:
    """Who else is in the tickets of a list (`numbers`, separated by commas)."""
    wanted = [typed_number(each) for each in request.GET.get("numbers", "").split(",")[:ROWS_AT_MOST]]
    numbers = [each for each in wanted if each is not None and each < 2**31]
    tickets = queries.visible_to(request.actor).filter(number__in=numbers) if numbers else []
    shown = [each for each in tickets if there.may_be_there(request.actor, each)]
    return _answer(there.others_in(shown, person_id=request.person.pk))


def _answer(found: list[Somebody]) -> HttpResponse:
    answer = JsonResponse(
        {
            "there": [
                {"number": each.number, "says": _says(each), "doing": each.doing, "face": avatar(each.name)}
                for each in found
            ]
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _says(somebody: Somebody) -> str:
    match somebody.doing:
        case "reply":
            return _("%(name)s is writing an answer") % {"name": somebody.name}
        case "note":
            return _("%(name)s is writing a note") % {"name": somebody.name}
        case _:
            return _("%(name)s is looking at this ticket") % {"name": somebody.name}
