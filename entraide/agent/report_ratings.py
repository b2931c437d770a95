"""The report of what requesters say: how many, how content, and their words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from entraide.agent.access import needs
from entraide.agent.paging import page
from entraide.agent.report_asked import Question, read_question
from entraide.agent.report_files import as_file, wanted_format
from entraide.agent.report_words import with_zone
from entraide.agent.reports import FILE_BATCH, frame, refused_page
from entraide.core.scope import Scope, scoped
from entraide.people.models import Organisation, Person, Team
from entraide.reports.export import Cell
from entraide.reports.ratings import ORDER, AskedRatings, RatingFigures, rating_report, ratings
from entraide.tickets.models import Rating

AROUND = ("ticket", "organisation", "person", "team", "entry")


@needs("reports.see")
def requesters_say(request: Any) -> HttpResponse:
    """The month: how content those were who asked, by team and organisation, the months before, and what they wrote."""
    question = read_question(request)
    if question.problems:
        return refused_page(request, question, "ratings")
    asked = AskedRatings(question.month, question.stays.organisation_id, question.stays.team_id)
    rows = ratings(asked, actor=request.actor).select_related(*AROUND)
    if format := wanted_format(request):

        def batch(after: str) -> tuple[Any, str]:
            some, following = page(rows, order=ORDER, after=after, size=FILE_BATCH)
            return _cells(some), following

        return as_file(_header(), batch, format=format, name=_file_name(question))
    found = rating_report(asked, actor=request.actor)
    some, cursor = page(rows, order=ORDER, after=request.GET.get("after", ""))
    context = {
        **frame(request, question, "ratings"),
        **_neighbours(question),
        "whole": found.whole,
        "organisations": _lines(
            question, "organisation", found.by_organisation, _names(Organisation, found.by_organisation)
        ),
        "teams": _lines(question, "team", found.by_team, _names(Team, found.by_team)),
        "months": [(month, figures, _address(question, month=str(month))) for month, figures in found.by_month.items()],
        "ratings": some,
        "next_cursor": cursor,
        "all_teams": Team.objects.order_by("level", "name"),
    }
    return render(request, "agent/report_ratings.html", context)


def _lines(
    question: Question, name: str, found: dict[Any, RatingFigures], names: dict[int, str]
) -> list[tuple[str, RatingFigures, str]]:
    lines = [
        (names.get(key, _("no team")), figures, _address(question, **{name: str(key or 0)}))
        for key, figures in found.items()
    ]
    return sorted(lines, key=lambda line: line[0])


def _names(model: Any, keys: Iterable[int | None]) -> dict[int, str]:
    return dict(model.objects.filter(pk__in=[key for key in keys if key is not None]).values_list("pk", "name"))


def _query(question: Question, **changes: str) -> dict[str, str]:
    team = {} if question.stays.team_id is None else {"team": str(question.stays.team_id)}
    return {**question.query, **team, **changes}


def _address(question: Question, **changes: str) -> str:
    return f"{reverse('agent:report-ratings')}?{urlencode(_query(question, **changes))}"


def _neighbours(question: Question) -> dict[str, str]:
    """Return the ways to the months beside, which keep the team, too."""
    return {
        "previous": urlencode(_query(question, month=str(question.month.previous))),
        "following": urlencode(_query(question, month=str(question.month.following))),
    }


def _file_name(question: Question) -> list[str]:
    organisation = question.organisation.name if question.organisation else ""
    return [_("what requesters say"), organisation, question.team.name if question.team else "", str(question.month)]


def _header() -> list[str]:
    return [
        _("Ticket"), _("Subject"), _("Organisation"), _("Team"), _("Assignee"), _("Requester"), with_zone(_("Rated")),
        _("Mark (1 to 5)"), _("Words"),
    ]  # fmt: skip


def _cells(rows: Iterable[Rating]) -> Iterator[list[Cell]]:
    some = list(rows)
    with scoped(Scope.everything(reason="names of the technicians on tickets that are already in scope")):
        ids = {row.assignee_id for row in some if row.assignee_id}
        assignees = dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))
    for row in some:
        yield [
            row.ticket.reference, row.ticket.subject, row.organisation.name, row.team.name if row.team else None,
            assignees.get(row.assignee_id or 0), row.person.name, row.rated_at, row.mark, row.words or None,
        ]  # fmt: skip
