"""My tickets."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from entraide.portal import conversation
from entraide.portal.conversation import Visit
from entraide.tickets import finding, queries
from entraide.tickets.merging import whole_of
from entraide.tickets.status import OPEN

PAGE = 30


def tickets(request: Any) -> HttpResponse:
    """The list: open ones first to see, all on request, searched by number or words."""
    shown = request.GET.get("shown", "open")
    words = request.GET.get("q", "").replace("\x00", "")
    found = queries.visible_to(request.actor).filter(requester=request.person)
    if shown == "open" and not words:
        found = found.filter(status__in=OPEN) | found.filter(status="resolved")
    found = (
        finding.search(found, words, actor=request.actor)
        .select_related("requester", "assignee")
        .order_by("-updated_at", "-pk")
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "shown": shown, "words": words, "nav": "tickets"}
    return render(request, "portal/tickets.html", context)


def ticket(request: HttpRequest, number: int) -> HttpResponse:
    """One ticket."""
    return conversation.show(request, _visit(request, number))


def answers(request: HttpRequest, number: int) -> HttpResponse:
    """Write into it."""
    return conversation.answer(request, _visit(request, number))


def confirmation(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm that it is solved."""
    return conversation.confirm(request, _visit(request, number))


def reopening(request: HttpRequest, number: int) -> HttpResponse:
    """Say that it is not."""
    return conversation.reopen(request, _visit(request, number))


def rating(request: HttpRequest, number: int) -> HttpResponse:
    """Say how it went."""
    return conversation.rate(request, _visit(request, number))


def _visit(request: Any, number: int) -> Visit:
    found = queries.find(number, actor=request.actor) if number < 2**31 else None
    if found is None:
        raise Http404
    if found.merged_into_id is not None and (whole := queries.find(whole_of(found).number, actor=request.actor)):
        # Its page leads to the one where the conversation goes on; what is written lands there.
        return Visit(
            whole, request.person, request.actor, reverse("portal:ticket", args=[whole.number]), came_from=found
        )
    return Visit(found, request.person, request.actor, reverse("portal:ticket", args=[number]))
