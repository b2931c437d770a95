"""What was answered to a form: how often each choice, how much of each number. A ticket counts in the month in which it was opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Avg, Count, Max, Min, QuerySet, Sum
from django.utils.timezone import get_current_timezone

from entraide.core.actor import Actor
from entraide.reports.months import Month
from entraide.reports.promises import reached
from entraide.tickets.models import FieldValue, Ticket

ORDER = ("opened_at", "pk")


@dataclass(frozen=True)
class AskedAnswers:
    """Which form in which month; an organisation of None means all."""

    month: Month
    form_id: int
    organisation_id: int | None = None


@dataclass(frozen=True)
class Numbers:
    """What the numbers of a field come to."""

    least: float
    most: float
    mean: float
    total: float


@dataclass
class FieldFigures:
    """Of one field: on how many tickets it is answered, how often each choice was made, who or where was named, and its numbers."""

    answered: int = 0
    options: dict[str, int] = field(default_factory=dict)
    references: dict[int, int] = field(default_factory=dict)
    numbers: Numbers | None = None


@dataclass(frozen=True)
class AnswerReport:
    """How many tickets were asked the form, and the figures of each field by its code."""

    tickets: int
    fields: dict[str, FieldFigures]


def asked_tickets(asked: AskedAnswers, *, actor: Actor) -> QuerySet[Ticket]:
    """Return the tickets of the month that were asked this form, as far as scope and right reach."""
    zone = get_current_timezone()
    rows = Ticket.objects.filter(
        reached(actor),
        form_version__form_id=asked.form_id,
        opened_at__gte=asked.month.start(zone),
        opened_at__lt=asked.month.end(zone),
    )
    if asked.organisation_id is not None:
        rows = rows.filter(organisation_id=asked.organisation_id)
    return rows.order_by(*ORDER)


def most_asked(month: Month, *, organisation_id: int | None, actor: Actor) -> int | None:
    """Return the key of the form that most tickets of the month were asked, None where there is none."""
    zone = get_current_timezone()
    rows = Ticket.objects.filter(
        reached(actor), form_version__isnull=False, opened_at__gte=month.start(zone), opened_at__lt=month.end(zone)
    )
    if organisation_id is not None:
        rows = rows.filter(organisation_id=organisation_id)
    counted = rows.order_by().values_list("form_version__form").annotate(n=Count("pk"))
    most = counted.order_by("-n", "form_version__form").first()
    return most[0] if most else None


def answer_report(asked: AskedAnswers, *, actor: Actor) -> AnswerReport:
    """Return the figures of a form in a month. Always five queries."""
    tickets = asked_tickets(asked, actor=actor).order_by()
    # A form that a ticket was asked before its category changed leaves no values: the form is the ticket's own.
    values: Any = FieldValue.objects.filter(ticket__in=tickets, form_id=asked.form_id).order_by()
    fields = {
        code: FieldFigures(answered=n)
        for code, n in values.values_list("code").annotate(n=Count("ticket", distinct=True))
    }
    for code, option, n in values.filter(option__isnull=False).values_list("code", "option").annotate(n=Count("pk")):
        fields[code].options[option] = n
    for code, key, n in values.filter(reference__isnull=False).values_list("code", "reference").annotate(n=Count("pk")):
        fields[code].references[key] = n
    numbers = values.filter(number__isnull=False).values("code")
    for row in numbers.annotate(least=Min("number"), most=Max("number"), mean=Avg("number"), total=Sum("number")):
        code = row.pop("code")
        fields[code].numbers = Numbers(**row)
    return AnswerReport(tickets.count(), fields)
