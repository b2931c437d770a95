"""The answers of tickets as rows: kept with each change, found by words and by field, counted by reports."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.utils.timezone import get_current_timezone

from entraide.core.words import Folded, Words, matches
from entraide.forms.field import Field
from entraide.forms.kinds import kind_of
from entraide.forms.kinds.yes_no import NO, YES
from entraide.forms.models import FormVersion, fields_of
from entraide.people.models import Person, Site
from entraide.tickets.models import FieldValue, Ticket

REFERENCES = ("person", "site")
# What stands for whatever was answered.
FILLED = "*"
_YES = {"yes", "oui", "true", "1"}
_NO = {"no", "non", "false", "0"}


def keep_values(ticket: Ticket) -> None:
    """Bring the rows of a ticket in line with its answers; called in the transaction of what changed them."""
    FieldValue.objects.filter(ticket=ticket).delete()
    if ticket.form_version_id is None:
        return
    form_id = FormVersion.objects.values_list("form_id", flat=True).get(pk=ticket.form_version_id)
    FieldValue.objects.bulk_create(
        FieldValue(
            organisation_id=ticket.organisation_id,
            ticket=ticket,
            form_id=form_id,
            code=field.code,
            position=position,
            **{kind_of(field.kind).column: _stored(kind_of(field.kind).column, part)},
        )
        for field in fields_of(ticket.form_version_id)
        if field.code in ticket.answers
        for position, part in enumerate(kind_of(field.kind).parts(ticket.answers[field.code]))
    )


def without_references(ticket: Ticket) -> dict[str, Any]:
    """Return the answers without those that name people and places of the organisation that a ticket leaves."""
    if ticket.form_version_id is None:
        return dict(ticket.answers)
    naming = {each.code for each in fields_of(ticket.form_version_id) if each.kind in REFERENCES}
    return {code: value for code, value in ticket.answers.items() if code not in naming}


def answered_with(said: Q, text: str) -> QuerySet[Any, Any]:
    """Return the keys of the tickets of which a text among the answers has this word: `said`, or `text` as it is."""
    rows = FieldValue.objects.order_by().filter(text__isnull=False).alias(folded_text=Folded("text"))
    return rows.filter(said | Q(folded_text__contains=Folded(Value(text)))).values("ticket_id")


def matching_field(name: str, value: str) -> Q:
    """Return the condition on tickets that the field with this code has this value (`field.<code>:value`).

    A text has the words; a choice is named by its code or its label, yes and no in both languages; a number, day or moment may
    begin with <, <=, > or >=; a person by name or mail address, a site by name. An asterisk, or nothing: the field is filled.
    """
    rows: Any = FieldValue.objects.filter(code=name)
    value = value.strip()
    if value not in ("", FILLED):
        folded = Folded(Value(value))
        condition = Q(matches(Words("text"), value)) | Q(folded_text__contains=folded)
        condition |= Q(option__in=_options(name, value)) | _compared(value)
        people = Person.objects.filter(Q(name__icontains=value) | Q(addresses__email__iexact=value)).values("pk")
        sites = Site.objects.filter(name__icontains=value).values("pk")
        kinds = _kinds_of(name)
        if "person" in kinds:
            condition |= Q(reference__in=people)
        if "site" in kinds:
            condition |= Q(reference__in=sites)
        rows = rows.alias(folded_text=Folded("text")).filter(condition)
    return Q(pk__in=rows.values("ticket_id"))


def _stored(column: str, part: Any) -> Any:
    match column:
        case "day":
            return date.fromisoformat(part)
        case "moment":
            return datetime.fromisoformat(part)
        case _:
            return part


def _fields_called(name: str) -> list[Field]:
    versions = FormVersion.objects.filter(document__contains=[{"code": name}]).order_by("-pk")[:50]
    return [each for version in versions for each in version.fields if each.code == name]


def _kinds_of(name: str) -> set[str]:
    return {each.kind for each in _fields_called(name)}


def _options(name: str, value: str) -> list[str]:
    wanted = value.casefold()
    options = {value}
    for field in _fields_called(name):
        options |= {
            each.code
            for each in field.choices
            if wanted in (each.code.casefold(), each.fr.casefold(), each.en.casefold())
        }
    if wanted in _YES:
        options.add(YES)
    if wanted in _NO:
        options.add(NO)
    return sorted(options)


def _compared(value: str) -> Q:
    sign, operand = "=", value
    for each in ("<=", ">=", "<", ">", "="):
        if value.startswith(each):
            sign, operand = each, value[len(each) :].strip()
            break
    lookup = {"<=": "__lte", ">=": "__gte", "<": "__lt", ">": "__gt", "=": ""}[sign]
    condition = Q()
    with suppress(ValueError):
        condition |= Q(**{f"number{lookup}": float(operand.replace(",", "."))})
    try:
        day = date.fromisoformat(operand)
    except ValueError:
        return condition or Q(pk__in=[])
    start = datetime.combine(day, time(), get_current_timezone())
    end = start + timedelta(days=1)
    moments = {
        "=": Q(moment__gte=start, moment__lt=end), "<": Q(moment__lt=start), "<=": Q(moment__lt=end),
        ">": Q(moment__gte=end), ">=": Q(moment__gte=start),
    }  # fmt: skip
    return condition | Q(**{f"day{lookup}": day}) | moments[sign]
