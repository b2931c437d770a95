"""The first page: one question."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from entraide.portal.conversation import state_in_words
from entraide.portal.suggesting import best, telling_words
from entraide.tickets import finding, queries
from entraide.tickets.approvals import question_of, waiting_for
from entraide.tickets.models import Category
from entraide.tickets.status import OPEN, Status

RECENT = 6
SUGGESTED = 5
# Of the requests that hold one of the words, the newest are compared.
LOOKED_AT = 60


def home(request: Any) -> HttpResponse:
    """The question, what waits for one's answer, and what is going on with one's own requests."""
    mine = queries.visible_to(request.actor).filter(requester=request.person).select_related("assignee")
    going_on = mine.filter(status__in=[*OPEN, Status.RESOLVED]).order_by("-updated_at")[:RECENT]
    waiting = waiting_for(request.person.pk)[:RECENT]
    context = {
        "going_on": [(ticket, state_in_words(ticket)) for ticket in going_on],
        "waiting": [(approval, question_of(approval)) for approval in waiting],
    }
    return render(request, "portal/home.html", context)


def suggestions(request: Any) -> HttpResponse:
    """While the question is typed: one's own requests like it, and the subjects it may be about."""
    words = request.GET.get("question", "").replace("\x00", "").strip()
    mine = queries.visible_to(request.actor).filter(requester=request.person)
    telling = telling_words(words)
    alike, categories = [], []
    if telling:
        found = finding.search(mine, " or ".join(f'"{word}"' for word in telling), actor=request.actor)
        newest = list(found.order_by("-updated_at")[:LOOKED_AT])
        alike = best(newest, telling, name=lambda ticket: ticket.subject, at_least=0)[:SUGGESTED]
        active = Category.objects.filter(is_active=True).select_related("parent").order_by("name")
        categories = best(list(active), telling, name=_whole_name)[:SUGGESTED]
    context = {"alike": alike, "categories": categories, "words": words}
    return render(request, "portal/home.html#suggestions", context)


def _whole_name(category: Category) -> str:
    return f"{category.parent.name} {category.name}" if category.parent else category.name
