"""The command palette's search: saved views, tickets, people, organisations and teams by a few letters or a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from entraide.agent.access import clean, needs
from entraide.agent.saved import usable_views
from entraide.core.words import Folded, folded
from entraide.people.models import Organisation, Person, Team
from entraide.tickets import finding, queries

EACH_AT_MOST = 6
LETTERS_AT_LEAST = 2
LETTERS_AT_MOST = 80
TERMS_AT_MOST = 8

Found = dict[str, str]


@needs("desk.use")
def palette(request: Any) -> HttpResponse:
    """What `q` finds, ready for the list: kind, name, what stands under it, address."""
    words = " ".join(clean(request.GET.get("q", "")).split())[:LETTERS_AT_MOST]
    found: list[Found] = []
    if words.isdecimal() or len(words) >= LETTERS_AT_LEAST:
        if request.actor.may_on_anything("ticket.see"):
            found += [*_saved_views(request, words), *_tickets(request, words)]
        if request.actor.may_on_anything("directory.see"):
            found += [*_people(words), *_organisations(request, words), *_teams(words)]
    answer = JsonResponse({"found": found})
    answer["Cache-Control"] = "no-store"
    return answer


def _saved_views(request: Any, words: str) -> Iterator[Found]:
    for each in _named(usable_views(request), words)[:EACH_AT_MOST]:
        yield _found("view", each.name, "", f"{reverse('agent:desk')}?saved={each.pk}")


def _tickets(request: Any, words: str) -> Iterator[Found]:
    found = finding.search(queries.visible_to(request.actor), words, actor=request.actor).select_related("organisation")
    for each in found.order_by("-updated_at", "-pk")[:EACH_AT_MOST]:
        under = f"{each.reference} · {each.organisation.name} · {each.get_status_display()}"
        yield _found("ticket", each.subject, under, reverse("agent:ticket", args=[each.number]))


def _people(words: str) -> Iterator[Found]:
    by_address = Q(addresses__email__istartswith=words)
    found = _named(Person.objects.filter(is_active=True), words, by_address).select_related("organisation").distinct()
    for each in found.order_by("name", "pk")[:EACH_AT_MOST]:
        yield _found("person", each.name, each.organisation.name, reverse("agent:person", args=[each.pk]))


def _organisations(request: Any, words: str) -> Iterator[Found]:
    reached = request.reach.organisations
    found = _named(Organisation.objects.filter(is_active=True), words)
    if reached is not None:
        found = found.filter(pk__in=reached)
    for each in found.order_by("name")[:EACH_AT_MOST]:
        yield _found("organisation", each.name, "", reverse("agent:organisation", args=[each.pk]))


def _teams(words: str) -> Iterator[Found]:
    for each in _named(Team.objects.filter(is_active=True), words).order_by("name")[:EACH_AT_MOST]:
        yield _found("team", each.name, f"N{each.level}", reverse("agent:team", args=[each.pk]))


def _named(rows: QuerySet[Any], words: str, otherwise: Q | None = None) -> QuerySet[Any]:
    """Narrow to the rows in whose name each of the words stands, accents or not."""
    said = Q()
    for word in words.split()[:TERMS_AT_MOST]:
        said &= Q(folded_name__contains=folded(word))
    found: QuerySet[Any] = rows.alias(folded_name=Folded("name"))
    return found.filter(said | otherwise if otherwise is not None else said)


def _found(kind: str, name: str, under: str, url: str) -> Found:
    return {"kind": kind, "name": name, "under": under, "url": url}
