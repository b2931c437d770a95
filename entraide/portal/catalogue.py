"""What can be asked for: the categories that say in words what they are for, or that ask a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from entraide.forms.models import FormVersion
from entraide.tickets.models import Category


@dataclass(frozen=True)
class Offer:
    """One thing that can be asked for. `kind` is that of the ticket: a form asks for something, words alone tell of trouble."""

    category: Category
    description: str
    kind: str


@dataclass(frozen=True)
class Shelf:
    """What belongs under one heading."""

    name: str
    offers: list[Offer]


def catalogue(request: Any) -> HttpResponse:
    """All that is offered, under the name of the category above."""
    return render(request, "portal/catalogue.html", {"shelves": shelves(get_language() or "fr"), "nav": "catalogue"})


def shelves(language: str) -> list[Shelf]:
    """Return what requesters find in the catalogue; three queries, however much it is."""
    categories = {each.pk: each for each in Category.objects.filter(is_active=True).order_by("name")}
    published = set(FormVersion.objects.values_list("form_id", flat=True))
    found: dict[str, list[Offer]] = {}
    for category in categories.values():
        asks = _asks_a_form(category, categories, published)
        description = category.description(language)
        if not asks and not description:
            continue
        parent = categories.get(category.parent_id or 0)
        offer = Offer(category, description, "request" if asks else "incident")
        found.setdefault(parent.name if parent else "", []).append(offer)
    return [Shelf(name, offers) for name, offers in sorted(found.items())]


def offers_anything() -> bool:
    """Tell whether there is a catalogue."""
    described = ~Q(description_fr="") | ~Q(description_en="") | Q(form__versions__isnull=False)
    return Category.objects.filter(described, is_active=True).exists()


def _asks_a_form(category: Category, categories: dict[int, Category], published: set[int]) -> bool:
    above: Category | None = category
    while above is not None:
        if above.form_id is not None:
            return above.form_id in published
        above = categories.get(above.parent_id or 0)
    return False
