"""The coordinator's board: where the work is, who carries it, what is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from entraide.agent.access import needs, takes_post, typed_number
from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.people.models import Level, Person, Team
from entraide.people.queries import technicians
from entraide.sla.coverage import open_time_between
from entraide.tickets import actions, queries
from entraide.tickets.clocks import calendar_of_ticket
from entraide.tickets.models import Ticket
from entraide.tickets.next_step import next_step
from entraide.tickets.placing import find_technician
from entraide.tickets.status import OPEN, Status

CARDS = 40
SHOWN = 12
LOOKED_AT = 200
DANGER = timedelta(hours=4)
TOO_LONG = {1: timedelta(minutes=15), 2: timedelta(hours=1), 3: timedelta(hours=4), 4: timedelta(days=1)}


@needs("board.see")
def board(request: Any) -> HttpResponse:
    """The page."""
    return render(request, "agent/board.html", _everything(request))


@needs("board.see", to_write="ticket.assign")
@takes_post("agent:board")
def assignment(request: Any, number: int) -> HttpResponse:
    """Give a ticket to a technician: by drag, or by the menu of the card; with `back_to_team`, take that back."""
    refused, given = None, None
    found = queries.find(number, actor=request.actor) if number < 2**31 else None
    person = find_technician(typed_number(request.POST.get("assignee")))
    if found is not None:
        before = Whereabouts(found.team, found.assignee, found.level)
        try:
            if "back_to_team" in request.POST:
                _take_back(found, person, request)
            elif person is not None:
                _assign(found, person, request.actor)
                given = {"ticket": found, "person": person, "before": before, "level": Level(found.level).label}
        except Refused as error:
            refused = error
    return render(request, "agent/board.html#board", {**_everything(request), "refused": refused, "given": given})


@dataclass(frozen=True)
class Whereabouts:
    """Where a ticket was before it was given to somebody."""

    team: Team | None
    assignee: Person | None
    level: int

    @property
    def level_name(self) -> str:
        return str(Level(self.level).label)


def _take_back(found: Ticket, person: Person | None, request: Any) -> None:
    if found.assignee_id != typed_number(request.POST.get("given_to")):
        raise Conflict(_("It has gone on meanwhile: it stays where it is."), field="assignee")
    team = Team.objects.filter(pk=typed_number(request.POST["back_to_team"]) or 0).first()
    if team is None:
        raise Refused(_("Choose a team."), field="team")
    actions.assign(found, team=team, assignee=person, actor=request.actor, takes_back=True)


def _assign(found: Ticket, person: Person, actor: Any) -> None:
    """Assign within the ticket's own team if the person is in it, else to a team of theirs at this level."""
    teams = list(person.teams.filter(is_active=True))
    team = next((each for each in teams if each.pk == found.team_id), None)
    team = team or next((each for each in teams if each.level == found.level), None) or (teams[0] if teams else None)
    if team is None:
        raise Refused(_("%(name)s is in no team.") % {"name": person.name}, field="assignee")
    actions.assign(found, team=team, assignee=person, actor=actor)


def _everything(request: Any) -> dict[str, Any]:
    work = queries.visible_to(request.actor).filter(status__in=OPEN).select_related(*queries.AROUND)
    at = now()
    active = work.exclude(status=Status.WAITING)
    columns = [
        (level.label, list(active.filter(level=level).order_by("next_due_at", "priority", "pk")[:CARDS]))
        for level in Level
    ]
    columns.append(("waiting", list(work.filter(status=Status.WAITING).order_by("priority", "opened_at")[:CARDS])))
    stuck = Q(pk__in=[])
    for priority, length in TOO_LONG.items():
        stuck |= Q(priority=priority, assignee=None, unassigned_since__lt=at - length)
    totals = {level.label: 0 for level in Level} | {"waiting": 0}
    for level, waiting, n in _totals(work):
        totals["waiting" if waiting else Level(level).label] += n
    return {
        "section": "board",
        "columns": [(name, totals[name], [_card(ticket) for ticket in cards]) for name, cards in columns],
        "load": _load(work),
        "in_danger": work.filter(next_due_at__lt=at + DANGER).order_by("next_due_at")[:SHOWN],
        "in_danger_more": max(0, work.filter(next_due_at__lt=at + DANGER).count() - SHOWN),
        "stuck": _stuck_in_open_hours(work.filter(stuck).order_by("priority", "unassigned_since"), at)[:SHOWN],
        "bounced": work.filter(returns__gt=0).order_by("-returns", "opened_at")[:12],
    }


def _stuck_in_open_hours(tickets: QuerySet[Ticket], at: datetime) -> list[Ticket]:
    """Return those of which so much open time has passed: nobody is late for what came in the night."""
    found = []
    for ticket in tickets[:LOOKED_AT]:
        calendar = calendar_of_ticket(ticket)
        since, length = ticket.unassigned_since, TOO_LONG[ticket.priority]
        if since is None:
            continue
        passed = open_time_between(calendar, start=since, end=at) if calendar is not None else at - since
        if passed >= length:
            found.append(ticket)
    return found


def _totals(work: Any) -> list[tuple[int, bool, int]]:
    rows = work.order_by().values_list("level", "status").annotate(n=Count("pk"))
    return [(level, status == Status.WAITING, n) for level, status, n in rows]


def _load(work: Any) -> list[tuple[Person, int, int]]:
    """Return each technician who is in a team, with their open tickets and how many of them are P1 or P2."""
    rows = (
        work.order_by()
        .values_list("assignee_id")
        .annotate(n=Count("pk"), urgent=Count("pk", filter=Q(priority__lte=2)))
    )
    carried = {assignee: (n, urgent) for assignee, n, urgent in rows}
    in_teams = [person for person in technicians() if person.teams.all()]
    return [(person, *carried.get(person.pk, (0, 0))) for person in in_teams]


def _card(ticket: Ticket) -> tuple[Ticket, str]:
    return ticket, next_step(ticket)
