"""What the page of a ticket says of a major incident: the one it is, the one it follows, or how to declare one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from entraide.agent.access import clean, typed_number
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person, Team
from entraide.people.queries import people_who_may
from entraide.people.rights import Role
from entraide.sla.durations import say_duration
from entraide.tickets import queries
from entraide.tickets.events.majors import MajorDeclared, MajorUpdated
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.priority import Priority
from entraide.tickets.promised import promised_rhythm
from entraide.tickets.status import OPEN, Status

SUGGESTED_AT_MOST = 200
MAJORS_AT_MOST = 50
LINKED_AT_MOST = 30
MAJOR_BOXES = ("declaration", "update", "leading", "standing_down", "review", "links", "following")


@dataclass(frozen=True)
class Leading:
    """Who leads, who has a stake in it, how often the public is told: as it stands in the form."""

    lead: int | None
    teams: frozenset[int]
    contacts: frozenset[int]
    emails: str
    rhythm: str
    text: str


@dataclass(frozen=True)
class Major:
    """How a major incident stands. `told_at` is when the public was told last, `due_at` when it is told next."""

    teams: list[Team]
    contacts: list[Person]
    rhythm: str
    told_at: datetime | None
    due_at: datetime | None
    is_late: bool


def major_boxes(found: Ticket, may: dict[str, bool]) -> dict[str, bool]:
    """Return which forms of a major incident there are now on this ticket."""
    leads, is_major = may["lead_major"], found.major_since is not None
    leads_open = leads and found.is_open
    return {
        "declaration": leads_open and not is_major and found.priority == Priority.P1 and found.follows_id is None,
        **dict.fromkeys(("update", "leading", "standing_down", "links"), leads_open and is_major),
        "review": leads and is_major and found.status == Status.RESOLVED,
        "following": leads_open and not is_major,
    }


def major_panel(
    request: Any, found: Ticket, *, has: dict[str, bool], box: str, refused: Refused | None
) -> dict[str, Any]:
    """Return what the templates of major incidents show on this page."""
    is_major = found.major_since is not None
    asks_for_lead = has["declaration"] or has["leading"]
    return {
        "major": _major(found) if is_major else None,
        **(_linked(found, request.actor) if is_major else {}),
        "review": queries.review_of(found) if is_major else None,
        "followed": found.follows,
        "followed_told_at": told_at(found.follows) if found.follows else None,
        "sees_followed": found.follows_id is not None
        and queries.visible_to(request.actor).filter(pk=found.follows_id).exists(),
        "open_majors": _open_majors(request.actor) if has["following"] and found.follows_id is None else [],
        "unlinked": getattr(request, "unlinked", request.POST.get("numbers", "") if box == "links" else ""),
        **(_choices_of_lead(request, found, box if refused else "") if asks_for_lead else {}),
    }


def told_at(major: Ticket) -> datetime | None:
    """Return when the public was last told how this major incident stands."""
    with scoped(Scope.everything(reason="a major incident may be another organisation's")):
        told = TicketEntry.objects.filter(ticket=major, kind__in=(MajorDeclared.kind, MajorUpdated.kind))
        at: datetime | None = told.aggregate(at=Max("at"))["at"]
    return at


def _major(found: Ticket) -> Major:
    clock = found.clocks.filter(metric="update_rhythm", ended_at=None, due_at__isnull=False).order_by("-began").first()
    due_at = clock.due_at if clock and found.is_open else None
    with scoped(Scope.everything(reason="who has a stake may be of another organisation")):
        contacts = list(Person.objects.filter(pk__in=found.major_contact_ids).order_by("name"))
    return Major(
        teams=list(Team.objects.filter(pk__in=found.major_team_ids).order_by("level", "name")),
        contacts=contacts,
        rhythm=say_duration(found.major_rhythm_minutes or 0),
        told_at=told_at(found),
        due_at=due_at,
        is_late=due_at is not None and due_at <= now(),
    )


def _linked(found: Ticket, actor: Actor) -> dict[str, Any]:
    linked = queries.visible_to(actor).filter(follows=found)
    newest = linked.select_related("organisation", "requester").order_by("-number")
    return {"linked": list(newest[:LINKED_AT_MOST]), "linked_total": linked.count()}


def _open_majors(actor: Actor) -> list[Ticket]:
    majors = queries.visible_to(actor).filter(major_since__isnull=False, status__in=OPEN)
    return list(majors.order_by("major_since")[:MAJORS_AT_MOST])


def _choices_of_lead(request: Any, found: Ticket, box: str) -> dict[str, Any]:
    people = Person.objects.filter(organisation_id=found.organisation_id, is_active=True)
    named = people.filter(roles__role=Role.CLIENT_CONTACT) | people.filter(pk__in=found.major_contact_ids)
    offered = list(named.distinct().order_by("name"))
    others = people.exclude(pk__in=[each.pk for each in offered]).filter(addresses__is_main=True)
    return {
        "leading": _typed(request) if box in ("declaration", "leading") else _standing(request, found),
        "leaders": people_who_may("ticket.lead_major"),
        "stakeholder_teams": Team.objects.filter(is_active=True),
        "offered_contacts": offered,
        "suggested_contacts": list(others.order_by("name").values_list("addresses__email", "name")[:SUGGESTED_AT_MOST]),
        "default_rhythm": say_duration(promised_rhythm(found)),
    }


def _standing(request: Any, found: Ticket) -> Leading:
    if found.major_since is None:
        lead = found.assignee_id or request.person.pk
        teams = frozenset({found.team_id} if found.team_id else ())
        return Leading(lead, teams, frozenset(), "", "", "")
    return Leading(
        found.major_lead_id, frozenset(found.major_team_ids), frozenset(found.major_contact_ids), "",
        say_duration(found.major_rhythm_minutes or 0), found.major_text,
    )  # fmt: skip


def _typed(request: Any) -> Leading:
    form = request.POST
    return Leading(
        lead=typed_number(form.get("lead")),
        teams=frozenset(filter(None, map(typed_number, form.getlist("teams")))),
        contacts=frozenset(filter(None, map(typed_number, form.getlist("contacts")))),
        emails=clean(form.get("emails", "")),
        rhythm=clean(form.get("rhythm", "")),
        text=clean(form.get("text", "")),
    )
