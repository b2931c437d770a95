"""What one can ask about tickets. Everything here is within the scope and within what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import OuterRef, Q, QuerySet, Subquery

from entraide.core.actor import Actor
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person, Team
from entraide.sla.metrics import METRICS
from entraide.tickets.events.majors import MajorReviewed
from entraide.tickets.merging import parts_of
from entraide.tickets.models import ClockRow, Ticket, TicketEntry
from entraide.tickets.status import OPEN

# What people said: of a merged ticket, that is read where it became a part.
SAID = (
    "ticket_opened", "requester_wrote", "replied", "note_added", "stranger_wrote", "automatic_answer_received", "escalated",
    "handover_returned", "resolved", "reopened", "major_update_shared", "third_party_written", "third_party_answered", "approval_asked", "approval_given", "approval_refused",
)  # fmt: skip
# What a list shows of the people and things around a ticket, fetched with it.
AROUND = ("organisation", "requester", "assignee", "team", "category")


def visible_to(actor: Actor) -> QuerySet[Ticket]:
    """Return the tickets that this actor may see: all of the scope, or an organisation's, or only their own."""
    tickets = Ticket.objects.filter(open_to(actor))
    if actor.kind == "system":
        return tickets
    seen = Q(pk__in=[])
    for grant in actor.granted:
        if grant.right != "ticket.see":
            continue
        if grant.reach == "own":
            seen |= (
                Q(requester_id=actor.person_id)
                | Q(on_behalf_of_id=actor.person_id)
                | Q(watcher_ids__contains=[actor.person_id])
            )
        elif grant.organisation_id is None:
            return tickets
        else:
            seen |= Q(organisation_id=grant.organisation_id)
    return tickets.filter(seen)


def open_to(actor: Actor, ticket: str = "") -> Q:
    """Return the condition that a ticket (reached by the relation `ticket`, as in "ticket__") is not closed to this actor.

    In Python that is `Ticket.is_closed_to`.
    """
    if actor.may_everywhere("ticket.see_confidential"):
        # Not the empty Q: "this or nothing" would be this alone.
        return ~Q(pk__in=[])
    person_id = actor.person_id or 0
    granted = [grant.organisation_id for grant in actor.granted if grant.right == "ticket.see_confidential"]
    teams = Team.members.through.objects.filter(person_id=person_id).values("team_id")
    return (
        Q(**{f"{ticket}is_confidential": False})
        | Q(**{f"{ticket}requester_id": person_id})
        | Q(**{f"{ticket}on_behalf_of_id": person_id})
        | Q(**{f"{ticket}assignee_id": person_id})
        | Q(**{f"{ticket}watcher_ids__contains": [person_id]})
        | Q(**{f"{ticket}team_id__in": teams})
        | Q(**{f"{ticket}organisation_id__in": granted})
    )


def own_organisations(actor: Actor) -> set[int]:
    """Return the organisations whose tickets this actor sees because a role names just them, as client contacts do."""
    return {
        grant.organisation_id
        for grant in actor.granted
        if grant.right == "ticket.see" and grant.reach == "any" and grant.organisation_id is not None
    }


def find(number: int, *, actor: Actor) -> Ticket | None:
    """Return the ticket with this number if the actor may see it."""
    return visible_to(actor).select_related(*AROUND, "site", "on_behalf_of").filter(number=number).first()


def with_client_promise(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Add the nearest promise to the client, for readers who are not shown those between the levels."""
    to_client = [metric.code for metric in METRICS.values() if not metric.is_internal]
    running = ClockRow.objects.filter(
        ticket=OuterRef("pk"), state="running", metric__in=to_client, due_at__isnull=False
    ).order_by("due_at")
    return tickets.annotate(
        client_due_at=Subquery(running.values("due_at")[:1]), client_due_metric=Subquery(running.values("metric")[:1])
    )


def timeline_for(ticket: Ticket, *, actor: Actor) -> QuerySet[TicketEntry]:
    """Return the entries that this actor may see, oldest first, with their attachments."""
    entries = TicketEntry.objects.filter(ticket=ticket).order_by("number")
    if not actor.may("ticket.see_internal", ticket):
        entries = entries.filter(is_public=True)
    return entries.select_related("actor_person").prefetch_related("attachments")


def conversation_for(ticket: Ticket, *, actor: Actor, parts: Iterable[Ticket] | None = None) -> list[TicketEntry]:
    """Return what this actor may see of a ticket, and the messages of the tickets that are part of it, in time order.

    Those have the ticket that they come from as `origin`. `parts` are the ticket's, for whoever has them already.
    """
    found = list(timeline_for(ticket, actor=actor))
    for entry in found:
        entry.ticket = ticket
    read = _parts_read(ticket, parts_of(ticket) if parts is None else parts, actor)
    if not read:
        return found
    said = TicketEntry.objects.filter(ticket__in=read.keys(), kind__in=SAID)
    if not actor.may("ticket.see_internal", ticket):
        said = said.filter(is_public=True)
    for entry in said.select_related("actor_person").prefetch_related("attachments"):
        entry.ticket = entry.origin = read[entry.ticket_id]
        found.append(entry)
    return sorted(found, key=lambda entry: (entry.at, entry.ticket_id, entry.number))


def is_in_conversation(entry: TicketEntry, ticket: Ticket, *, actor: Actor) -> bool:
    """Tell whether `conversation_for` would return this entry for this actor, without reading all of it."""
    if not (entry.is_public or actor.may("ticket.see_internal", ticket)):
        return False
    if entry.ticket_id == ticket.pk:
        return True
    return entry.kind in SAID and entry.ticket_id in _parts_read(ticket, parts_of(ticket), actor)


def _parts_read(ticket: Ticket, parts: Iterable[Ticket], actor: Actor) -> dict[int, Ticket]:
    """Return by key those of a ticket's parts that are read in it: who reads their own tickets reads what was theirs."""
    sees_all = actor.may_on_anything("ticket.see", ticket.organisation_id)
    return {
        each.pk: each
        for each in parts
        if (sees_all or (actor.person_id is not None and each.concerns(actor.person_id)))
        and not each.is_closed_to(actor)
    }


def majors_for(actor: Actor) -> list[Ticket]:
    """Return the open major incidents that concern this actor: of tickets they see, or of their own organisation.

    Their public words may be told to whoever gets these; the tickets themselves may not be theirs to read.
    """
    if actor.kind == "system" or actor.may_on_anything("ticket.see"):
        concerned = visible_to(actor)
    else:
        person = Person.objects.filter(pk=actor.person_id or 0).values("organisation_id")
        concerned = Ticket.objects.filter(open_to(actor), organisation_id__in=person)
    concerned = concerned.filter(status__in=OPEN)
    own = concerned.filter(major_since__isnull=False).values_list("pk", flat=True)
    followed = concerned.filter(follows__isnull=False).values_list("follows_id", flat=True)
    keys = {*own, *followed}
    if not keys:
        return []
    with scoped(Scope.everything(reason="a major incident may be another organisation's than the tickets it strikes")):
        majors = Ticket.objects.filter(pk__in=keys, major_since__isnull=False, status__in=OPEN)
        return list(majors.order_by("major_since"))


def review_of(ticket: Ticket) -> MajorReviewed | None:
    """Return the newest review of a major incident, or None."""
    entry = ticket.timeline().filter(kind=MajorReviewed.kind).last()
    review: MajorReviewed | None = entry.event if entry else None
    return review


def open_tickets(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return tickets.filter(status__in=OPEN)
