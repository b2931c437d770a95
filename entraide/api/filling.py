"""The forms of categories, and the answers of tickets."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from entraide.api.access import require
from entraide.api.forms import audience_of, schema_of
from entraide.api.schemas import Answers, TicketOut
from entraide.api.tickets import ERRORS, find
from entraide.core.events import Refused
from entraide.forms.filling import read_json
from entraide.tickets.filling import fill
from entraide.tickets.filling import require as require_answers
from entraide.tickets.form_of import around_json, form_for, form_of
from entraide.tickets.models import Category

router = Router(tags=["forms"])


class ConditionOut(Schema):
    """That another field has one of these values; without any: that it is filled."""

    field: str
    values: list[str] = []


class ChoiceOut(Schema):
    code: str
    fr: str
    en: str = ""


class FieldOut(Schema):
    """One field. `json_type` is the type of its answer: string, number, boolean, integer (an id) or array (of codes)."""

    code: str
    kind: str
    json_type: str
    label_fr: str
    label_en: str
    help_fr: str
    help_en: str
    is_required: bool
    audience: str
    shown_if: ConditionOut | None
    required_if: ConditionOut | None
    choices: list[ChoiceOut]
    unit: str
    minimum: float | None
    maximum: float | None
    longest: int | None
    mask: str
    not_past: bool


class FormOut(Schema):
    """A version of a form, with the fields that the token's person may see."""

    version_id: int
    number: int
    name: str
    fields: list[FieldOut]


class AnswersIn(Schema):
    """Answers by field; null takes one away, and what is left out stays."""

    fields: Answers


@router.get("/categories/{int:key}/form", response={200: FormOut, **ERRORS}, summary="Read the form of a category")
def read_form(request: HttpRequest, key: int) -> Any:
    """Return what is asked of a ticket of this category: its own form, or that of the nearest category above."""
    require(request, "tickets:read")
    version = form_of(Category.objects.filter(pk=key, is_active=True).first())
    if version is None:
        raise Http404
    organisation_id: int = request.person.organisation_id  # type: ignore[attr-defined]
    return schema_of(version, audience=audience_of(request, organisation_id))


@router.patch("/tickets/{int:number}/form", response={200: TicketOut, **ERRORS}, summary="Fill in the form")
def fill_in(request: HttpRequest, number: int, data: AnswersIn) -> Any:
    """Give or change answers to the ticket's form. Once a request is sent, only the desk does."""
    require(request, "tickets:write")
    ticket = find(request, number)
    version = form_for(ticket)
    if version is None:
        raise Refused(_("This ticket has no form: give it a category that has one."), field="fields")
    around = around_json(ticket.organisation_id, version.fields, {**ticket.answers, **data.fields})
    audience = audience_of(request, ticket.organisation_id)
    filled = read_json(version.fields, data.fields, around, audience=audience, before=ticket.answers)
    fill(ticket, version=version, answers=require_answers(filled), actor=request.actor)  # type: ignore[attr-defined]
    return find(request, number)
