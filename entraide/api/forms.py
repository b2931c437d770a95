"""Answers to forms as programs give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.forms.field import Audience, Field, Value
from entraide.forms.filling import read_json
from entraide.forms.kinds import kind_of
from entraide.forms.models import FormVersion
from entraide.tickets.filling import require as require_answers
from entraide.tickets.form_of import around_json, form_of
from entraide.tickets.models import Category


def audience_of(request: HttpRequest, organisation_id: int) -> Audience:
    """Return which fields the token's person sees of the forms of an organisation's tickets."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    return "desk" if actor.may_on_anything("ticket.see_internal", organisation_id) else "everyone"


def read_answers(
    request: HttpRequest, category: Category | None, organisation_id: int, given: Mapping[str, Any] | None
) -> tuple[FormVersion | None, Mapping[str, Value]]:
    """Return the form of a category and the answers to it; no form where none were given. Raises Refused."""
    if given is None:
        return None, {}
    version = form_of(category)
    if version is None:
        raise Refused(_("There is no form for this category."), field="fields")
    audience = audience_of(request, organisation_id)
    around = around_json(organisation_id, version.fields, given)
    return version, require_answers(read_json(version.fields, given, around, audience=audience))


def schema_of(version: FormVersion, *, audience: Audience) -> dict[str, Any]:
    """Return the form as a program reads it."""
    fields = [each for each in version.fields if audience == "desk" or each.audience == "everyone"]
    return {
        "version_id": version.pk,
        "number": version.number,
        "name": version.form.name,
        "fields": [_field(each) for each in fields],
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        **{name: None for name in ("shown_if", "required_if", "minimum", "maximum", "longest")},
        **{name: "" for name in ("label_en", "help_fr", "help_en", "unit", "mask")},
        "is_required": False,
        "audience": "everyone",
        "not_past": False,
        "choices": [],
        **field.as_json(),
        "json_type": kind_of(field.kind).json_type,
    }
