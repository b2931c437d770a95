"""The desk: views on the left, the list in the middle."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.agent.access import needs, takes_post, typed_number
from entraide.agent.paging import page
from entraide.agent.views import DUE_CHOICES, SORTS, VIEWS, counts, team_counts, view_named
from entraide.agent.wanted import FILTERS, first_view, wanted
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Level, Organisation, Person, Team
from entraide.people.queries import technicians
from entraide.tickets import actions, queries
from entraide.tickets.asked_mistakes import mistakes
from entraide.tickets.asked_words import helped
from entraide.tickets.models import Ticket
from entraide.tickets.next_step import next_step
from entraide.tickets.priority import Priority
from entraide.tickets.status import Status

BULK_AT_MOST = 100


@needs("desk.use")
def desk(request: Any) -> HttpResponse:
    """The whole page; who works at the desk without seeing tickets is led to what they do there."""
    if not request.actor.may_on_anything("ticket.see"):
        if request.actor.may_on_anything("settings.edit"):
            return redirect("agent:settings", code="categories")
        return redirect("agent:people")
    return render(request, "agent/desk.html", _everything(request))


@needs("ticket.see")
def rows(request: Any) -> HttpResponse:
    """The list alone, for a filter or another page."""
    context = _listed(request)
    answer = render(request, "agent/desk.html#list", context)
    # What is said beside the list goes along with it: words typed into no view are looked for in all tickets.
    for part in ("title", "said"):
        answer.content += render(request, f"agent/desk.html#{part}", {**context, "is_swapped": True}).content
    return answer


@needs("ticket.see")
def row(request: Any, number: int) -> HttpResponse:
    """One row, if the ticket belongs in this list now; nothing (204) if it does not."""
    found = None
    if number < 2**31:
        found = wanted(request).tickets.filter(number=number).select_related(*queries.AROUND).first()
    if found is None:
        return HttpResponse(status=204)
    return render(
        request,
        "agent/desk.html#row",
        {
            "row": (found, next_step(found)), "is_fresh": True, "view": view_named(""),
            "may_bulk": request.actor.may_on_anything("ticket.assign"),
        },
    )  # fmt: skip


@needs("ticket.see")
def views(request: Any) -> HttpResponse:
    """The left column alone, with fresh counts."""
    return render(request, "agent/desk.html#views", _views(request))


@needs("ticket.see", to_write="ticket.assign")
@takes_post("agent:desk")
def bulk(request: Any) -> HttpResponse:
    """The same verb for each chosen ticket; what was refused is named with its reason."""
    numbers = [number for number in map(typed_number, request.POST.getlist("number")) if number][:BULK_AT_MOST]
    verb = request.POST.get("verb", "")
    done, refusals = 0, []
    for ticket in queries.visible_to(request.actor).filter(number__in=numbers).order_by("number"):
        try:
            _act(request, ticket, verb)
            done += 1
        except Refused as refused:
            refusals.append(f"{ticket.reference}: {refused.message}")
    context = {**_listed(request), "done": done, "refusals": refusals, "is_bulk": True}
    return render(request, "agent/desk.html#list", context)


def _act(request: Any, ticket: Ticket, verb: str) -> None:
    if verb == "take":
        saw = typed_number(request.POST.get(f"saw-{ticket.number}"))
        actions.take(ticket, actor=request.actor, instead_of=saw)
        return
    team = Team.objects.filter(pk=typed_number(request.POST.get("team")) or 0, is_active=True).first()
    assignee = find_technician(typed_number(request.POST.get("assignee")))
    actions.assign(ticket, team=team_of(assignee, team, ticket), assignee=assignee, actor=request.actor)


def find_technician(person_id: int | None) -> Person | None:
    """Return a technician by id, of whatever organisation they are."""
    if person_id is None:
        return None
    with scoped(Scope.everything(reason="technicians are of another organisation than the ticket")):
        return Person.objects.filter(pk=person_id, is_active=True).first()


def team_of(assignee: Person | None, team: Team | None, ticket: Ticket) -> Team:
    """Return the team in which a person gets a ticket: the chosen one if they are in it, else the only one it can be.

    Raises Refused when none can be, or several.
    """
    if assignee is None or (team is not None and assignee.teams.filter(pk=team.pk).exists()):
        if team is None:
            raise Refused(_("Choose a team."), field="team")
        return team
    theirs = list(assignee.teams.filter(is_active=True).order_by("name"))
    fitting = [each for each in theirs if each.level <= ticket.level]
    if len(fitting) == 1:
        return fitting[0]
    who = {"name": assignee.name, "teams": ", ".join(each.name for each in fitting or theirs)}
    if fitting:
        raise Refused(_("%(name)s is in several teams: choose one of %(teams)s.") % who, field="team")
    if theirs:
        raise Refused(
            _("%(name)s is of a higher level (%(teams)s), which receives a ticket by escalation, with a handover.")
            % who,
            field="assignee",
        )
    raise Refused(_("%(name)s is in no team.") % who, field="assignee")


def neighbours(request: Any, ticket: Ticket) -> tuple[Ticket | None, Ticket | None]:
    """Return the tickets before and after this one in the list it was opened from, within its first page's reach."""
    asked_for = wanted(request)
    in_order = list(asked_for.tickets.order_by(*SORTS[asked_for.sort]).only("number", "subject")[:200])
    at = next((index for index, each in enumerate(in_order) if each.pk == ticket.pk), None)
    if at is None:
        return None, (in_order[0] if in_order else None)
    return (in_order[at - 1] if at else None), (in_order[at + 1] if at + 1 < len(in_order) else None)


def _everything(request: Any) -> dict[str, Any]:
    reached = request.reach.organisations
    organisations = Organisation.objects.filter(is_active=True)
    if reached is not None:
        organisations = organisations.filter(pk__in=reached)
    return {
        **_listed(request),
        **_views(request),
        "organisations": organisations,
        "levels": Level.choices,
        "priorities": Priority.choices,
        "statuses": Status.choices,
        "operators": helped(),
    }


def _views(request: Any) -> dict[str, Any]:
    tickets = queries.visible_to(request.actor)
    numbers = counts(tickets, request.person)
    return {
        "views": [(view, numbers.get(view.code)) for view in VIEWS],
        "team_counts": team_counts(tickets),
        "view": view_named(request.GET.get("view", "") or first_view(request.GET)),
        "chosen_team": request.GET.get("team", ""),
    }


def _listed(request: Any) -> dict[str, Any]:
    asked_for = wanted(request)
    tickets, following = page(
        asked_for.tickets.select_related(*queries.AROUND),
        order=SORTS[asked_for.sort],
        after=request.GET.get("after", ""),
    )
    return {
        "view": asked_for.view,
        "sort": asked_for.sort,
        "resembles": asked_for.resembles,
        "mistakes": mistakes(asked_for.asked, asked_for.asker),
        "due_choices": DUE_CHOICES,
        "rows": [(ticket, next_step(ticket)) for ticket in tickets],
        "next_cursor": following,
        "is_first_page": not request.GET.get("after"),
        "words": asked_for.words,
        "filters": {name: request.GET.get(name, "") for name in FILTERS},
        "list_query": request.GET.urlencode(),
        "may_bulk": request.actor.may_on_anything("ticket.assign"),
        "teams": Team.objects.filter(is_active=True),
        "technicians": technicians(),
    }
