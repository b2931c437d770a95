"""The names that operators take: whose they are, which of them a beginning could become, which one was mistyped."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, IntegerField, QuerySet, Value, When

from entraide.core.scope import current_scope
from entraide.core.words import Folded, folded
from entraide.forms.models import Form
from entraide.people.models import MailAddress, Organisation, Person, Site, Team
from entraide.people.rights import STAFF_ROLES
from entraide.tickets.asked_operators import fold
from entraide.tickets.kinds import Kind, kinds
from entraide.tickets.models import Category

LIKENESS = 0.4


def named(operator: str, value: str) -> QuerySet[Any]:
    """Return the rows in whose name `value` stands."""
    return among(operator).filter(folded_name__contains=folded(value))


def people(value: str, *, anywhere: bool) -> QuerySet[Any]:
    """Return the keys of the people of that name or mail address; `anywhere`, among those who give support."""
    by_name = among("assignee" if anywhere else "from").filter(folded_name__contains=folded(value))
    if "@" not in value:
        return by_name.values("pk")
    by_mail = MailAddress.objects.order_by().alias(folded_email=Folded("email"))
    by_mail = by_mail.filter(folded_email__startswith=folded(value))
    if anywhere:
        _cross(by_mail)
    return by_mail.values("person_id")


def among(operator: str) -> QuerySet[Any]:
    """Return the rows whose names an operator takes, within reach."""
    rows: QuerySet[Any]
    match operator:
        case "org":
            reached = current_scope().organisations
            rows = Organisation.objects.all()
            rows = rows if reached is None else rows.filter(pk__in=sorted(reached))
        case "site":
            rows = Site.objects.all()
        case "team":
            rows = Team.objects.all()
        case "category":
            rows = Category.objects.all()
        case "form":
            rows = Form.objects.all()
        case "assignee":
            # Technicians are known to every organisation that they serve.
            rows = _cross(Person.objects.filter(roles__role__in=STAFF_ROLES, is_active=True).distinct())
        case _:
            rows = Person.objects.filter(is_active=True)
    return rows.order_by().alias(folded_name=Folded("name"))


def offered(operator: str, start: str, *, at_most: int) -> list[str]:
    """Return names with `start` in them, those that begin with it first."""
    if operator == "kind":
        return [str(kind.name) for kind in kinds if fold(start) in fold(str(kind.name))][:at_most]
    first = Case(
        When(folded_name__startswith=folded(start), then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found = named(operator, start) if start else among(operator)
    rows = found.annotate(first=first).order_by("first", "name").values_list("name", flat=True)[: at_most * 2]
    return list(dict.fromkeys(rows))[:at_most]


def alike(operator: str, value: str) -> tuple[str, ...]:
    """Return the names that resemble one that nobody has."""
    likeness = TrigramWordSimilarity(fold(value), Folded("name"))
    rows = among(operator).annotate(likeness=likeness).filter(likeness__gte=LIKENESS)
    return tuple(dict.fromkeys(rows.order_by("-likeness", "name").values_list("name", flat=True)[:3]))


def is_known(operator: str, value: str) -> bool:
    """Tell whether somebody or something has that name."""
    if operator in ("assignee", "from"):
        return people(value, anywhere=operator == "assignee").exists()
    return named(operator, value).exists()


def kinds_named(value: str) -> list[Kind]:
    wanted = fold(value)
    return [kind for kind in kinds if wanted == kind.code or fold(str(kind.name)).startswith(wanted)]


def _cross(rows: QuerySet[Any]) -> QuerySet[Any]:
    query: Any = rows.query
    query.crosses = True
    return rows
