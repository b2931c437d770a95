"""The first page: one question."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render

from entraide.core.words import Folded, folded
from entraide.portal.conversation import state_in_words
from entraide.tickets import finding, queries
from entraide.tickets.approvals import question_of, waiting_for
from entraide.tickets.models import Category
from entraide.tickets.status import OPEN, Status

RECENT = 6
SUGGESTED = 5


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
    longest = [word for word in words.split() if len(word) > 3][:8]
    alike, categories = [], []
    if longest:
        alike = list(
            finding.search(mine, " or ".join(longest), actor=request.actor).order_by("-updated_at")[:SUGGESTED]
        )
        about = Q()
        for word in longest:
            about |= Q(folded_name__contains=folded(word.rstrip("s")))
        named = Category.objects.filter(is_active=True).alias(folded_name=Folded("name"))
        categories = list(named.filter(about)[:SUGGESTED])
    context = {"alike": alike, "categories": categories, "words": words}
    return render(request, "portal/home.html#suggestions", context)
