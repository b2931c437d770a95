"""The desk: views on the left, the list in the middle."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from entraide.agent.access import needs
from entraide.agent.columns import COLUMNS
from entraide.agent.grouping import GROUPINGS, grouped, numbers_of
from entraide.agent.list_looks import look_of
from entraide.agent.meant import said
from entraide.agent.paging import page
from entraide.agent.saved import FILTERS, Opened, opened, usable_views
from entraide.agent.saved_forms import SavedViewForm
from entraide.agent.views import DUE_CHOICES, SORT_CHOICES, VIEWS, counts, team_counts
from entraide.agent.wanted import Wanted, asker_of, to_count, view_of, wanted
from entraide.people.models import Level, Team
from entraide.people.queries import organisations_in_scope, technicians
from entraide.routines.models import SavedView
from entraide.routines.reach import may_change
from entraide.tickets import queries
from entraide.tickets.asked_mistakes import mistakes
from entraide.tickets.asked_words import helped
from entraide.tickets.models import Ticket
from entraide.tickets.next_step import next_step
from entraide.tickets.priority import Priority
from entraide.tickets.status import Status


@needs("desk.use")
def desk(request: Any) -> HttpResponse:
    """The whole page; who works at the desk without seeing tickets is led to what they do there."""
    if not request.actor.may_on_anything("ticket.see"):
        if request.actor.may_on_anything("settings.edit"):
            return redirect("agent:settings", code="categories")
        return redirect("agent:people")
    return render(request, "agent/desk.html", _everything(request))


@needs("ticket.see")
def rows(request: Any) -> HttpResponse:
    """The list alone, for a filter or another page."""
    context = _listed(request, wanted(request))
    answer = render(request, "agent/desk.html#list", context)
    # What is said beside the list goes along with it: words typed into no view are looked for in all tickets.
    for part in ("title", "saving", "said"):
        answer.content += render(request, f"agent/desk.html#{part}", {**context, "is_swapped": True}).content
    return answer


@needs("ticket.see")
def row(request: Any, number: int) -> HttpResponse:
    """One row, if the ticket belongs in this list now; nothing (204) if it does not."""
    asked_for = wanted(request)
    found = None
    if number < 2**31:
        found = asked_for.tickets.filter(number=number).select_related(*queries.AROUND, "site").first()
    if found is None:
        return HttpResponse(status=204)
    return render(
        request,
        "agent/desk.html#row",
        {
            "row": (found, next_step(found)), "is_fresh": True, "look": look_of(request.person, asked_for.opened.saved),
            "may_bulk": request.actor.may_on_anything("ticket.assign"), "list_query": request.GET.urlencode(),
        },
    )  # fmt: skip


@needs("ticket.see")
def views(request: Any) -> HttpResponse:
    """The left column alone, with fresh counts."""
    return render(request, "agent/desk.html#views", _views(request, opened(request)))


def neighbours(request: Any, ticket: Ticket) -> tuple[Ticket | None, Ticket | None]:
    """Return the tickets before and after this one in the list it was opened from, within its first page's reach."""
    asked_for = wanted(request)
    in_order = list(asked_for.tickets.order_by(*asked_for.order).only("number", "subject")[:200])
    at = next((index for index, each in enumerate(in_order) if each.pk == ticket.pk), None)
    if at is None:
        return None, (in_order[0] if in_order else None)
    return (in_order[at - 1] if at else None), (in_order[at + 1] if at + 1 < len(in_order) else None)


def _everything(request: Any) -> dict[str, Any]:
    asked_for = wanted(request)
    return {
        **_listed(request, asked_for),
        **_views(request, asked_for.opened),
        "organisations": organisations_in_scope(),
        "levels": Level.choices,
        "priorities": Priority.choices,
        "statuses": Status.choices,
        "operators": helped(),
        "sort_choices": SORT_CHOICES,
        "groupings": GROUPINGS.values(),
        "columns": COLUMNS,
    }


def _views(request: Any, asked_for: Opened) -> dict[str, Any]:
    tickets = queries.visible_to(request.actor)
    saved = list(usable_views(request))
    asker = asker_of(request)
    conditions = {f"saved_{each.pk}": to_count(each, asker, request.person) for each in saved}
    numbers = counts(tickets, request.person, {code: each for code, each in conditions.items() if each is not None})
    return {
        "views": [(view, numbers.get(view.code)) for view in VIEWS],
        "saved_views": [(each, numbers.get(f"saved_{each.pk}")) for each in saved],
        "team_counts": team_counts(tickets),
        "saved": asked_for.saved,
        "view": view_of(asked_for.params),
        "chosen_team": request.GET.get("team", ""),
    }


def _listed(request: Any, asked_for: Wanted) -> dict[str, Any]:
    params, saved, grouping = asked_for.params, asked_for.opened.saved, asked_for.grouping
    tickets, following = page(
        asked_for.tickets.select_related(*queries.AROUND, "site"),
        order=asked_for.order,
        after=request.GET.get("after", ""),
    )
    # Of everything that there ever was, counting would take longer than the list itself.
    numbers = numbers_of(asked_for.tickets) if grouping and asked_for.view.is_counted else {}
    groups = list(grouped([(ticket, next_step(ticket)) for ticket in tickets], grouping, numbers))
    return {
        "view": asked_for.view,
        "saved": saved,
        "opened": asked_for.opened,
        "saving": SavedViewForm(instance=SavedView(), actor=request.actor, prefix="save"),
        "may_change_saved": saved is not None and may_change(saved, request.actor),
        "sort": asked_for.sort,
        "chosen_sort": params.get("sort", ""),
        "group": grouping.code if grouping else "",
        "look": look_of(request.person, saved),
        "resembles": asked_for.resembles,
        "mistakes": said(mistakes(asked_for.asked, asked_for.asker, typed=asked_for.words), request.GET),
        "due_choices": DUE_CHOICES,
        "groups": groups,
        "rows": tickets,
        "next_cursor": following,
        "is_first_page": not request.GET.get("after"),
        "words": asked_for.words,
        "filters": {name: params.get(name, "") for name in FILTERS},
        "list_query": request.GET.urlencode(),
        "may_bulk": request.actor.may_on_anything("ticket.assign"),
        "teams": Team.objects.filter(is_active=True),
        "technicians": technicians(),
    }
