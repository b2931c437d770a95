"""The look of an organisation: which page has which, its colours as a stylesheet, its logo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from entraide.look.files import file_answer
from entraide.people.brand_colours import read_colour, stylesheet
from entraide.people.brands import brand_of, brand_with_key
from entraide.people.models import Brand


@dataclass
class Picture:
    """A logo as a file to be served."""

    digest: str
    name: str
    mime: str


def brand_of_page(request: Any) -> Brand | None:
    """Return the look of a page: that of its host name, else that of whoever is signed in or came by a link."""
    brand: Brand | None = getattr(request, "brand", None)
    if brand is not None:
        return brand
    person = getattr(request, "person", None) or getattr(request, "visitor", None)
    return brand_of(person.organisation_id) if person is not None else None


@login_not_required
@require_safe
def colours(request: Any, key: str) -> HttpResponse:
    """The colours, for the browser to keep: a change makes another address."""
    brand = _known(key)
    colour = read_colour(brand.accent)
    answer = HttpResponse(stylesheet(colour) if colour else "", content_type="text/css; charset=utf-8")
    return _kept(answer, request, brand)


@login_not_required
@require_safe
def logo(request: Any, key: str) -> HttpResponse:
    """The logo, likewise."""
    brand = _known(key)
    if not brand.logo_digest:
        raise Http404
    return _kept(file_answer(Picture(brand.logo_digest, "logo", brand.logo_mime)), request, brand)


def _known(key: str) -> Brand:
    brand = brand_with_key(key)
    if brand is None:
        raise Http404
    return brand


def _kept(answer: HttpResponse, request: Any, brand: Brand) -> HttpResponse:
    is_current = request.GET.get("v") == str(brand.version)
    answer["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return answer
