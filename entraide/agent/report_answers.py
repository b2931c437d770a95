"""The report of what was answered to a form: each field with its figures, and the answers themselves as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.agent.access import needs, typed_number
from entraide.agent.paging import page
from entraide.agent.report_asked import Question, read_question
from entraide.agent.report_files import as_file, wanted_format
from entraide.agent.report_words import with_zone
from entraide.agent.reports import FILE_BATCH, frame, refused_page
from entraide.forms.field import Field
from entraide.forms.kinds import kind_of
from entraide.forms.kinds.yes_no import YES
from entraide.forms.models import Form
from entraide.people.models import Site
from entraide.reports.answers import (
    ORDER,
    AskedAnswers,
    FieldFigures,
    Numbers,
    answer_report,
    asked_tickets,
    most_asked,
)
from entraide.reports.export import Cell
from entraide.tickets.answers import FILLED
from entraide.tickets.asked import quoted
from entraide.tickets.form_words import InWords, said
from entraide.tickets.models import Ticket
from entraide.tickets.names import Names

# Of the people and places that were named, those that were named most.
NAMED_AT_MOST = 12


@dataclass(frozen=True)
class Bar:
    """One answer: how often it was given, of those who answered, and where its tickets are."""

    words: str
    n: int
    percent: float
    address: str

    @property
    def width(self) -> int:
        return int(self.percent)


@dataclass(frozen=True)
class Line:
    """One field, ready for the page."""

    label: str
    kind: str
    answered: int
    address: str
    bars: list[Bar]
    sums: list[tuple[str, str]]
    is_former: bool


@needs("reports.see")
def answers(request: Any) -> HttpResponse:
    """The month of one form: how often each answer was given, and what the numbers come to."""
    question = read_question(request)
    forms = list(Form.objects.filter(versions__isnull=False).distinct())
    form = _chosen(request, forms, question)
    if question.problems:
        return refused_page(request, question, "answers")
    context = {**frame(request, question, "answers"), "all_forms": forms, "form": form}
    if form is None:
        return render(request, "agent/report_answers.html", context)
    asked = AskedAnswers(question.month, form.pk, question.stays.organisation_id)
    fields = _fields(form)
    if format := wanted_format(request):
        rows = asked_tickets(asked, actor=request.actor).select_related("organisation", "requester")

        def batch(after: str) -> tuple[Any, str]:
            some, following = page(rows, order=ORDER, after=after, size=FILE_BATCH)
            return _cells(some, fields), following

        name = [
            _("answers"),
            form.name,
            question.organisation.name if question.organisation else "",
            str(question.month),
        ]
        return as_file(_header(fields), batch, format=format, name=name)
    found = answer_report(asked, actor=request.actor)
    current = {each.code for each in _current(form)}
    context |= {
        **_neighbours(question, form),
        "tickets": found.tickets,
        "tickets_address": _list(question, form, ""),
        "lines": [
            _line(question, form, each, figures, is_former=each.code not in current)
            for each in fields
            if (figures := found.fields.get(each.code)) or each.code in current
        ],
    }
    return render(request, "agent/report_answers.html", context)


def _chosen(request: Any, forms: Sequence[Form], question: Question) -> Form | None:
    text = request.GET.get("form", "")
    if not text:
        most = most_asked(question.month, organisation_id=question.stays.organisation_id, actor=request.actor)
        return next((each for each in forms if each.pk == most), forms[0] if forms else None)
    found = next((each for each in forms if each.pk == typed_number(text)), None)
    if found is None:
        question.problems.append(_("There is no such form. Choose one of the list."))
    return found


def _current(form: Form) -> tuple[Field, ...]:
    return form.current.fields if form.current else ()


def _fields(form: Form) -> list[Field]:
    """Return the fields of the newest version, then those that only older ones had, as they were called last."""
    found: dict[str, Field] = {}
    for version in form.versions.order_by("-number"):
        for each in version.fields:
            found.setdefault(each.code, each)
    return list(found.values())


def _line(question: Question, form: Form, field: Field, figures: FieldFigures | None, *, is_former: bool) -> Line:
    figures = figures or FieldFigures()
    return Line(
        label=field.label(get_language() or "en"),
        kind=field.kind,
        answered=figures.answered,
        address=_list(question, form, f"field.{field.code}:{FILLED}"),
        bars=[
            Bar(words, n, round(100 * n / figures.answered, 1) if figures.answered else 0, _list(question, form, f"field.{field.code}:{quoted(value)}"))
            for words, value, n in _answers(field, figures)
        ],
        sums=_sums(figures.numbers, field.unit) if figures.numbers else [],
        is_former=is_former,
    )  # fmt: skip


def _sums(numbers: Numbers, unit: str) -> list[tuple[str, str]]:
    words = InWords(Names(), get_language() or "en")
    named = (
        (_("In all"), numbers.total),
        (_("Mean"), round(numbers.mean, 2)),
        (_("Least"), numbers.least),
        (_("Most"), numbers.most),
    )
    return [(name, f"{words.number(value)} {unit}".strip()) for name, value in named]


def _answers(field: Field, figures: FieldFigures) -> Iterator[tuple[str, str, int]]:
    """Give the answers that can be counted: in words, as the search field takes them, and how often."""
    language = get_language() or "en"
    column = kind_of(field.kind).column
    if column == "option":
        offered = [each.code for each in field.choices]
        # What is no longer offered was answered all the same.
        for code in [*offered, *sorted(set(figures.options) - set(offered))]:
            choice = field.choice(code)
            words = (
                choice.label(language)
                if choice
                else (_("yes") if code == YES else _("no"))
                if field.kind == "yes_no"
                else code
            )
            yield words, code, figures.options.get(code, 0)
    elif column == "reference":
        most = sorted(figures.references.items(), key=lambda each: -each[1])[:NAMED_AT_MOST]
        names = _named(field, [key for key, _n in most])
        for key, n in most:
            yield names.get(key, "?"), names.get(key, "?"), n


def _named(field: Field, keys: list[int]) -> dict[int, str]:
    if field.kind == "site":
        return dict(Site.objects.filter(pk__in=keys).values_list("pk", "name"))
    names = Names(keys)
    return {key: names.person(key) for key in keys}


def _list(question: Question, form: Form, words: str) -> str:
    """Return the address of the desk's list with the tickets of the month that were asked the form and hold `words`."""
    asked = {"view": "all", "q": f"form:{quoted(form.name)} opened:{question.month} {words}".strip()}
    if question.organisation:
        asked["organisation"] = str(question.organisation.pk)
    return f"{reverse('agent:desk')}?{urlencode(asked)}"


def _neighbours(question: Question, form: Form) -> dict[str, str]:
    query = {**question.query, "form": str(form.pk)}
    return {
        "previous": urlencode({**query, "month": str(question.month.previous)}),
        "following": urlencode({**query, "month": str(question.month.following)}),
    }


def _header(fields: Iterable[Field]) -> list[str]:
    language = get_language() or "en"
    labels = [f"{each.label(language)} ({each.unit})" if each.unit else each.label(language) for each in fields]
    return [_("Ticket"), _("Subject"), _("Organisation"), _("Requester"), with_zone(_("Opened")), *labels]


def _cells(rows: Iterable[Ticket], fields: Sequence[Field]) -> Iterator[list[Cell]]:
    some = list(rows)
    people = [each.code for each in fields if each.kind == "person"]
    names = Names(ticket.answers.get(code) for ticket in some for code in people)
    words = InWords(names, get_language() or "en")
    for ticket in some:
        yield [
            ticket.reference, ticket.subject, ticket.organisation.name, ticket.requester.name, ticket.opened_at,
            *(_cell(each, ticket, words) for each in fields),
        ]  # fmt: skip


def _cell(field: Field, ticket: Ticket, words: InWords) -> Cell:
    value = ticket.answers.get(field.code)
    try:
        match kind_of(field.kind).column:
            case _ if value is None:
                return None
            case "number":
                return float(value) if isinstance(value, float) else int(value)
            case "day":
                return date.fromisoformat(value)
            case "moment":
                return datetime.fromisoformat(value)
    except (ValueError, TypeError):
        # An erased answer is a mark and no longer of its type.
        return str(value)
    return said(field.code, value, ticket.form_version_id, words.names, words.language)
