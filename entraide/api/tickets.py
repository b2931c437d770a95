"""Tickets: finding, reading, opening and editing them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from entraide.api.access import actor_of, require
from entraide.api.forms import read_answers
from entraide.api.pages import PAGE, Page, page_of
from entraide.api.problems import Problem
from entraide.api.schemas import EntryOut, Instant, Line, PriorityIn, TicketIn, TicketOut, TicketPatch
from entraide.api.uploads import files_named
from entraide.channels.email.models import IncomingMail
from entraide.channels.email.parsing.sanitise import safe_html
from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.people.directory import enrol
from entraide.people.models import Organisation, Person, Site
from entraide.people.queries import organisation_of_address, person_with_address
from entraide.tickets import actions, finding, queries
from entraide.tickets.filling import open_with_form
from entraide.tickets.models import Category, Channel, Ticket, TicketEntry
from entraide.tickets.seeing import note_seen
from entraide.tickets.status import OPEN, Status
from entraide.tickets.timeline import lines_of

router = Router(tags=["tickets"])
ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}


class TicketFilters(Schema):
    """All that are given must hold. `status` may be repeated; `open` stands for new, in_progress and waiting."""

    status: list[Line] = []
    organisation: int | None = None
    requester: int | None = None
    assignee: int | None = None
    team: int | None = None
    level: int | None = None
    priority: int | None = None
    kind: Line = ""
    channel: Line = ""
    tag: Line = ""
    q: Line = ""
    number: int | None = None
    updated_since: Instant | None = None
    opened_since: Instant | None = None
    due_before: Instant | None = None
    envelope_to: Line = ""
    from_email: Line = ""
    sort: Line = "-updated_at"
    cursor: Line = ""
    limit: int = Field(PAGE, ge=1, le=200)


SORTS = ("-updated_at", "updated_at", "-opened_at", "opened_at", "number", "-number", "next_due_at")


@router.get("", response={200: Page[TicketOut], **ERRORS}, summary="List tickets")
def list_tickets(request: HttpRequest, filters: Query[TicketFilters]) -> Any:
    """Return tickets that the token's person may see, by cursor."""
    require(request, "tickets:read")
    if unknown := sorted(set(request.GET) - set(TicketFilters.model_fields)):
        # A filter that is misspelt must not give every ticket.
        raise Refused(_("There is no filter “%(name)s”.") % {"name": unknown[0]}, field=unknown[0])
    if filters.sort not in SORTS:
        raise Refused(_("Sort by one of: %(known)s.") % {"known": ", ".join(SORTS)}, field="sort")
    tickets = _filtered(_readable(request), filters, actor=actor_of(request))
    rows = tickets.select_related("requester", "assignee", "on_behalf_of", "follows", "merged_into")
    items, following = page_of(rows, order=filters.sort, cursor=filters.cursor, limit=filters.limit)
    for each in items:
        note_seen(each)
    return {"items": items, "next": following}


@router.post("", response={201: TicketOut, **ERRORS}, summary="Open a ticket")
def open_ticket(request: HttpRequest, data: TicketIn) -> Any:
    """Open a ticket for a requester; without a team it is routed like any other."""
    require(request, "tickets:write")
    organisation, requester = _requester(request, data)
    named = data.dict(include={"site_id", "on_behalf_of_id", "category_id"}, exclude_none=True)
    _require_there(named, organisation.pk)
    category = Category.objects.get(pk=data.category_id) if data.category_id else None
    version, answers = read_answers(request, category, organisation.pk, data.fields)
    ticket = open_with_form(
        organisation,
        requester=requester,
        version=version,
        answers=answers,
        subject=data.subject,
        text=data.text,
        channel=Channel.API,
        actor=actor_of(request),
        kind=data.kind,
        on_behalf_of=Person.objects.get(pk=data.on_behalf_of_id) if data.on_behalf_of_id else None,
        site_id=data.site_id,
        category=category,
        mode=data.mode,
        impact=data.impact,
        urgency=data.urgency,
        tags=data.tags,
        attachments=files_named(request, data.attachments),
    )
    # Read again: what a client sees of it is not all that the desk does.
    return 201, find(request, ticket.number)


@router.get("/{int:number}", response={200: TicketOut, **ERRORS}, summary="Read a ticket")
def read_ticket(request: HttpRequest, number: int) -> Any:
    """Return one ticket."""
    require(request, "tickets:read")
    return find(request, number)


@router.patch("/{int:number}", response={200: TicketOut, **ERRORS}, summary="Change plain fields of a ticket")
def edit_ticket(request: HttpRequest, number: int, data: TicketPatch) -> Any:
    """Change what is given and leave the rest. Priority, status, level and assignee have verbs of their own."""
    require(request, "tickets:write")
    ticket = find(request, number)
    changes = data.dict(exclude_unset=True)
    _require_there(changes, ticket.organisation_id)
    actions.edit(ticket, changes=changes, actor=actor_of(request))
    return find(request, number)


@router.put("/{int:number}/priority", response={200: TicketOut, **ERRORS}, summary="Set the priority by hand")
def set_priority(request: HttpRequest, number: int, data: PriorityIn) -> Any:
    """Set a priority with its reason; null lets it follow from impact and urgency again."""
    require(request, "tickets:write")
    actions.set_priority(find(request, number), priority=data.priority, reason=data.reason, actor=actor_of(request))
    return find(request, number)


@router.get("/{int:number}/timeline", response={200: Page[EntryOut], **ERRORS}, summary="Read the timeline")
def read_timeline(request: HttpRequest, number: int, cursor: Line = "", limit: int = PAGE) -> Any:
    """Return the entries that the token's person may see, oldest first."""
    require(request, "tickets:read")
    entries = queries.timeline_for(find(request, number), actor=actor_of(request))
    rows, following = page_of(entries, order="number", cursor=cursor, limit=limit)
    return {"items": [entry_out(line) for line in lines_of(rows)], "next": following}


def find(request: HttpRequest, number: int) -> Ticket:
    """Return a ticket that the token's person may see. Raises Http404."""
    around = (*queries.AROUND, "site", "on_behalf_of", "follows", "merged_into")
    tickets = _readable(request).select_related(*around).filter(number=number)
    ticket = tickets.first() if number < 2**31 else None
    if ticket is None:
        raise Http404
    note_seen(ticket)
    return ticket


def find_to_change(request: HttpRequest, number: int) -> Ticket:
    """Return a ticket that the token's person may see, for a token that may change tickets. Raises MissingScope, Http404."""
    require(request, "tickets:write")
    return find(request, number)


def find_named(request: HttpRequest, number: int, *, field: str) -> Ticket:
    """Return a ticket that the request names in `field`. Raises Refused where the token's person sees none."""
    other = queries.find(number, actor=actor_of(request))
    if other is None:
        raise Refused(_("There is no such ticket."), field=field)
    return other


def _readable(request: HttpRequest) -> QuerySet[Ticket]:
    """Return what the token's person may see; clients with the promises to them instead of those between the levels."""
    actor = actor_of(request)
    tickets = queries.visible_to(actor)
    return tickets if actor.may_on_anything("ticket.see_internal") else queries.with_client_promise(tickets)


def written(entry: Entry) -> dict[str, Any]:
    """Return an entry that a verb has just written, as the API shows it."""
    rows = TicketEntry.objects.select_related("actor_person").prefetch_related("attachments").filter(pk=entry.pk)
    return entry_out(lines_of(rows)[0])


def entry_out(line: Any) -> dict[str, Any]:
    """Return an entry as the API shows it, its HTML sanitised."""
    entry = line.entry
    return {
        "number": entry.number,
        "kind": entry.kind,
        "at": entry.at,
        "actor": entry.actor_person,
        "is_public": entry.is_public,
        "sentence": line.sentence,
        "text": line.text,
        "html": safe_html(line.html, allow_remote_images=False, cid_urls={}).html if line.html else "",
        "attachments": list(line.attachments),
        "mentioned_ids": list(getattr(line.event, "mentioned_ids", ())),
    }


def _filtered(tickets: QuerySet[Ticket], filters: TicketFilters, *, actor: Actor) -> QuerySet[Ticket]:
    conditions = Q()
    plain = {
        "organisation_id": filters.organisation,
        "requester_id": filters.requester,
        "assignee_id": filters.assignee,
        "team_id": filters.team,
        "level": filters.level,
        "priority": filters.priority,
        "kind": filters.kind or None,
        "channel": filters.channel or None,
        "number": filters.number,
        "updated_at__gte": filters.updated_since,
        "opened_at__gte": filters.opened_since,
        "next_due_at__lt": filters.due_before,
        "tags__contains": [filters.tag] if filters.tag else None,
    }
    conditions &= Q(**{name: value for name, value in plain.items() if value is not None})
    if filters.status:
        conditions &= Q(status__in=_statuses(filters.status))
    if filters.envelope_to:
        mails = IncomingMail.objects.filter(envelope_to__contains=[filters.envelope_to.lower()], ticket__isnull=False)
        conditions &= Q(pk__in=mails.values("ticket_id"))
    if filters.from_email:
        conditions &= Q(requester__addresses__email__iexact=filters.from_email)
    found = tickets.filter(conditions)
    return finding.search(found, filters.q, actor=actor) if filters.q else found


def _statuses(wanted: list[str]) -> set[str]:
    statuses: set[str] = set()
    for each in ",".join(wanted).split(","):
        if each == "open":
            statuses.update(OPEN)
        elif each in Status.values:
            statuses.add(each)
        else:
            known = ", ".join(("open", *Status.values))
            raise Refused(
                _("“%(status)s” is not a status; known: %(known)s.") % {"status": each, "known": known}, field="status"
            )
    return statuses


def _requester(request: HttpRequest, data: TicketIn) -> tuple[Organisation, Person]:
    me: Person = request.person  # type: ignore[attr-defined]
    if data.requester_id is not None:
        person = _person(data.requester_id, "requester_id")
    elif data.requester_email:
        person = person_with_address(data.requester_email) or _enrolled(request, data)
    else:
        person = me
    if data.organisation_id is not None and person.organisation_id != data.organisation_id:
        raise Refused(_("The requester belongs to another organisation."), field="organisation_id")
    return person.organisation, person


def _enrolled(request: HttpRequest, data: TicketIn) -> Person:
    actor = actor_of(request)
    organisation = (
        Organisation.objects.filter(pk=data.organisation_id).first()
        if data.organisation_id is not None
        else organisation_of_address(data.requester_email)
    )
    in_scope = organisation is not None and request.reach.covers(organisation.pk)  # type: ignore[attr-defined]
    if organisation is None or not in_scope or not actor.may_on_anything("ticket.open", organisation.pk):
        raise Refused(
            _("Nobody has this address; name the organisation to which they belong."), field="organisation_id"
        )
    if "@" not in data.requester_email.strip("@"):
        raise Refused(_("This is not a mail address."), field="requester_email")
    person = enrol(organisation, name=data.requester_name, email=data.requester_email)
    if person.organisation_id != organisation.pk:
        raise Refused(_("This address belongs to somebody of another organisation."), field="requester_email")
    return person


def _person(person_id: int, field: str) -> Person:
    person = Person.objects.select_related("organisation").filter(pk=person_id).first()
    if person is None:
        raise Refused(_("There is no such person."), field=field)
    return person


def _require_there(changes: dict[str, Any], organisation_id: int) -> None:
    """Raise Refused, naming the field, unless what `changes` names is there and of this organisation."""
    own: dict[str, Any] = {"site_id": Site, "requester_id": Person, "on_behalf_of_id": Person}
    for field, model in own.items():
        key = changes.get(field)
        if key is not None and not model.objects.filter(pk=key, organisation_id=organisation_id).exists():
            raise Refused(_("There is no such one in the ticket's organisation."), field=field)
    key = changes.get("category_id")
    if key is not None and not Category.objects.filter(pk=key, is_active=True).exists():
        raise Refused(_("There is no such category."), field="category_id")
