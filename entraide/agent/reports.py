"""Reports: promises kept and missed in a month, and time at each level, down to the tickets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from entraide.agent import report_rows
from entraide.agent.access import needs
from entraide.agent.agreement_words import promise_name
from entraide.agent.paging import page
from entraide.agent.report_asked import Question, read_question, write_cause
from entraide.agent.report_files import as_file, wanted_format
from entraide.agent.report_words import Waits, ending_name
from entraide.core.clock import now
from entraide.people.models import Team
from entraide.reports import levels as stays_of
from entraide.reports import promises as promises_of
from entraide.reports.figures import Figures
from entraide.reports.levels import LevelFigures, level_figures, stays
from entraide.reports.longest_waits import ANALYSED_AT_MOST, longest_waits, sums
from entraide.reports.promises import Report, clocks, reached_organisations, report
from entraide.sla.metrics import METRICS
from entraide.sla.models import Agreement

FILE_BATCH = 500


@dataclass(frozen=True)
class Line:
    """One line with what its numbers lead to."""

    name: str
    figures: Figures
    links: dict[str, str]
    priority: int | None = None

    @property
    def kept_width(self) -> int:
        return int(self.figures.now.kept_percent or 0)


@dataclass(frozen=True)
class Group:
    """The lines of one promise, by priority."""

    name: str
    lines: list[Line]


@needs("reports.see")
def promises(request: Any) -> HttpResponse:
    """The month: kept and missed by agreement and by promise, and why."""
    question = read_question(request)
    if question.problems:
        return refused_page(request, question, "promises")
    at = now()
    asked = replace(question.asked, metric="", level=None, priority=None, outcome=None)
    found = report(asked, actor=request.actor, now=at)
    agreements = {} if question.agreement else _agreement_names(found.by_agreement)
    if format := wanted_format(request):
        rows = report_rows.promise_rows(found, agreements, chosen=question.agreement)
        return as_file(
            report_rows.promise_header(),
            lambda after: (rows, ""),
            format=format,
            name=_file_name(_("promises"), question),
        )
    missed = clocks(replace(asked, outcome="missed"), actor=request.actor, now=at)[:ANALYSED_AT_MOST]
    waits = longest_waits(missed, now=at).values() if found.whole.now.missed else []
    words = Waits()
    causes = sums(waits)
    context = {
        **frame(request, question, "promises"),
        "whole": _line(question, "", found.whole, {}),
        "agreements": [
            _line(question, name, found.by_agreement[key], {"agreement": str(key)})
            for key, name in sorted(agreements.items(), key=lambda each: each[1])
        ],
        "sides": [
            (name, groups)
            for name, is_internal in (("SLA", False), ("OLA", True))
            if (groups := _groups(question, found, is_internal=is_internal))
        ],
        "causes": [
            (words.cause(each.cause), each, _tickets(question, {"state": "missed", "cause": write_cause(each.cause)}))
            for each in causes
        ],
        "longest": max((each.length for each in causes), default=None),
        "analysed_at_most": ANALYSED_AT_MOST,
        "is_partly_analysed": found.whole.now.missed > ANALYSED_AT_MOST,
    }
    return render(request, "agent/report_promises.html", context)


@needs("reports.see")
def promise_tickets(request: Any) -> HttpResponse:
    """The promises behind a number, each with its ticket and, where it was missed, its longest wait."""
    question = read_question(request)
    if question.problems:
        return refused_page(request, question, "promises")
    at = now()
    rows = clocks(question.asked, actor=request.actor, now=at).select_related(
        "ticket", "organisation", "agreement_version__agreement"
    )
    if question.cause is not None:
        missed = clocks(replace(question.asked, outcome="missed"), actor=request.actor, now=at)[:ANALYSED_AT_MOST]
        waits = longest_waits(missed, now=at)
        rows = rows.filter(pk__in=[key for key, wait in waits.items() if wait.cause == question.cause])
    if format := wanted_format(request):

        def batch(after: str) -> tuple[Any, str]:
            some, following = page(rows, order=promises_of.ORDER, after=after, size=FILE_BATCH)
            return report_rows.clock_cells(report_rows.clock_lines(some, now=at)), following

        name = _file_name(_("promises"), question, _("tickets"))
        return as_file(report_rows.clock_header(), batch, format=format, name=name)
    some, cursor = page(rows, order=promises_of.ORDER, after=request.GET.get("after", ""))
    context = {
        **frame(request, question, "promises"),
        "lines": report_rows.clock_lines(some, now=at),
        "next_cursor": cursor,
        "narrowed": list(_narrowed(question)),
        "back": _address("agent:report-promises", question.query),
    }
    return render(request, "agent/report_promise_tickets.html", context)


@needs("reports.see")
def levels(request: Any) -> HttpResponse:
    """The month by level and team: how soon tickets are accepted, how long kept, how they leave."""
    question = read_question(request)
    if question.problems:
        return refused_page(request, question, "levels")
    asked = replace(question.stays, level=None, team_id=None, outcome="")
    found = level_figures(asked, actor=request.actor, now=now())
    teams = dict(Team.objects.values_list("pk", "name"))
    if format := wanted_format(request):
        rows = report_rows.level_rows(found, teams)
        name = _file_name(_("levels"), question)
        return as_file(report_rows.level_header(), lambda after: (rows, ""), format=format, name=name)
    context = {
        **frame(request, question, "levels"),
        "lines": [(each, _team_name(each, teams), _stay_links(question, each)) for each in found],
    }
    return render(request, "agent/report_levels.html", context)


@needs("reports.see")
def level_tickets(request: Any) -> HttpResponse:
    """The stays behind a number, each with its ticket."""
    question = read_question(request)
    if question.problems:
        return refused_page(request, question, "levels")
    at = now()
    rows = stays(question.stays, actor=request.actor, now=at).select_related("ticket", "organisation", "team")
    if format := wanted_format(request):

        def batch(after: str) -> tuple[Any, str]:
            some, following = page(rows, order=stays_of.ORDER, after=after, size=FILE_BATCH)
            return report_rows.stay_cells(some), following

        name = _file_name(_("levels"), question, _("tickets"))
        return as_file(report_rows.stay_header(), batch, format=format, name=name)
    some, cursor = page(rows, order=stays_of.ORDER, after=request.GET.get("after", ""))
    context = {
        **frame(request, question, "levels"),
        "lines": report_rows.stay_lines(some),
        "next_cursor": cursor,
        "narrowed": list(_narrowed_stays(question)),
        "back": _address("agent:report-levels", question.query),
    }
    return render(request, "agent/report_level_tickets.html", context)


def refused_page(request: Any, question: Question, which: str) -> HttpResponse:
    """Return the page of a report that makes no sense, with what is wrong."""
    return render(request, "agent/report.html", frame(request, question, which), status=422)


def frame(request: Any, question: Question, which: str) -> dict[str, Any]:
    """Return what every report shows around its figures."""
    query = question.query
    return {
        "section": "reports",
        "which": which,
        "question": question,
        "month": question.month,
        "here": reverse(f"agent:report-{which}"),
        "previous": urlencode({**query, "month": str(question.month.previous)}),
        "following": urlencode({**query, "month": str(question.month.following)}),
        "files": _without_page(request.GET),
        "tabs": [
            (code, name, _address(f"agent:report-{code}", query))
            for code, name in (
                ("promises", _("Promises")),
                ("levels", _("Levels")),
                ("ratings", _("What requesters say")),
                ("answers", _("Answers")),
            )
        ],
        "all_agreements": list(Agreement.objects.filter(versions__isnull=False).distinct().order_by("name")),
        "all_organisations": list(reached_organisations(request.actor)),
    }


def _without_page(sent: Any) -> str:
    """Return the query of the whole list, whichever of its pages is seen."""
    query = sent.copy()
    query.pop("after", None)
    encoded: str = query.urlencode()
    return encoded


def _groups(question: Question, found: Report, *, is_internal: bool) -> list[Group]:
    kinds = sorted(found.by_kind, key=lambda each: (list(METRICS).index(each.metric), each.level, each.priority))
    groups: dict[tuple[str, int], list[Line]] = {}
    for kind in kinds:
        if METRICS[kind.metric].is_internal == is_internal:
            more = {"metric": kind.metric, "level": str(kind.level), "priority": str(kind.priority)}
            line = _line(question, f"P{kind.priority}", found.by_kind[kind], more, priority=kind.priority)
            groups.setdefault((kind.metric, kind.level), []).append(line)
    return [Group(promise_name(metric, level), lines) for (metric, level), lines in groups.items()]


def _line(
    question: Question, name: str, figures: Figures, more: dict[str, str], *, priority: int | None = None
) -> Line:
    links = {
        "promised": _tickets(question, more),
        "met": _tickets(question, {**more, "state": "met"}),
        "missed": _tickets(question, {**more, "state": "missed"}),
    }
    if "agreement" in more:
        links["agreement"] = _address("agent:report-promises", {**question.query, **more})
    return Line(name, figures, links, priority)


def _tickets(question: Question, more: dict[str, str]) -> str:
    return _address("agent:report-promise-tickets", {**question.query, **more})


def _address(name: str, query: dict[str, str]) -> str:
    return f"{reverse(name)}?{urlencode(query)}"


def _agreement_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Agreement.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def _file_name(what: str, question: Question, more: str = "") -> list[str]:
    agreement = question.agreement.name if question.agreement else _("all agreements")
    organisation = question.organisation.name if question.organisation else ""
    narrowed = [question.asked.outcome or "", question.asked.metric, question.stays.outcome]
    return [what, more, agreement if what == _("promises") else "", organisation, *narrowed, str(question.month)]


def _narrowed(question: Question) -> Iterable[str]:
    """Say what the list is narrowed to, besides what the filters show."""
    asked = question.asked
    if asked.metric:
        yield promise_name(asked.metric, asked.level or 0)
    if asked.priority:
        yield f"P{asked.priority}"
    if asked.outcome:
        yield _("met") if asked.outcome == "met" else _("missed")
    if question.cause:
        yield Waits().cause(question.cause)


def _narrowed_stays(question: Question) -> Iterable[str]:
    asked = question.stays
    if asked.level:
        yield f"N{asked.level}"
    if question.team:
        yield question.team.name
    elif asked.team_id == 0:
        yield _("no team")
    if asked.outcome:
        yield ending_name(asked.outcome)


def _team_name(line: LevelFigures, teams: dict[int, str]) -> str:
    if line.is_whole:
        return _("The whole level")
    return teams.get(line.team_id, "?") if line.team_id is not None else _("no team")


def _stay_links(question: Question, line: LevelFigures) -> dict[str, str]:
    query = {**question.query, "level": str(line.level)}
    if not line.is_whole:
        query["team"] = str(line.team_id or 0)
    endings = {"solved": "resolved"}
    return {"stays": _address("agent:report-level-tickets", query)} | {
        name: _address("agent:report-level-tickets", {**query, "ending": endings.get(name, name)})
        for name in ("escalated", "returned", "moved", "solved", "open")
    }
