"""Tickets that belong together: links, merges, splits and follow-ups, as the page of a ticket shows and does them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, typed_number
from entraide.agent.tickets import verb
from entraide.core.events import Refused
from entraide.tickets import finding, following_up, linking, merging, queries, splitting
from entraide.tickets.events.linking import RELATIONS, Relation
from entraide.tickets.models import Channel, Ticket, TicketEntry
from entraide.tickets.status import OPEN, Status

FOUND_AT_MOST = 8


@dataclass(frozen=True)
class Tie:
    """Another ticket, and what it is to this one."""

    relation: Relation
    other: Ticket


@needs("ticket.see")
def others(request: Any, number: int) -> HttpResponse:
    """The tickets among which one chooses another one: of the same organisation, by number or words; the newest first."""
    found = queries.find(number, actor=request.actor) if number < 2**31 else None
    if found is None:
        raise Http404
    words = clean(request.GET.get("other_words", "")).strip()
    among = queries.visible_to(request.actor).filter(organisation_id=found.organisation_id, merged_into=None)
    among = among.exclude(pk=found.pk).select_related("requester")
    if request.GET.get("open"):
        among = among.filter(status__in=OPEN)
    # Nothing typed yet: most often it is the same person who asked twice.
    among = (
        finding.search(among, words, actor=request.actor) if words else among.filter(requester_id=found.requester_id)
    )
    chosen = list(among.order_by("-updated_at")[:FOUND_AT_MOST])
    return render(request, "agent/links.html#found", {"found_tickets": chosen, "words": words})


@verb
def relations(request: Any, found: Ticket) -> None:
    """Link another ticket to this one, or remove a link."""
    if number := typed_number(request.POST.get("remove")):
        linking.unlink(found, other=_other(request, found, str(number)), actor=request.actor, once=request.sent.once)
        return
    relation = clean(request.POST.get("relation", ""))
    if relation not in RELATIONS or not RELATIONS[relation].is_chosen:
        raise Refused(_("Choose what the tickets have to do with each other."), field="relation")
    linking.link(found, other=_chosen(request, found), relation=relation, actor=request.actor, once=request.sent.once)


@verb
def merger(request: Any, found: Ticket) -> None:
    """Make this ticket part of another one, or take it out again."""
    if "undo" in request.POST:
        merging.unmerge(found, actor=request.actor, once=request.sent.once)
        return
    merging.merge(found, into=_chosen(request, found), actor=request.actor, once=request.sent.once)


@verb
def split(request: Any, found: Ticket) -> None:
    """Make a ticket of its own of some messages."""
    entries = [number for number in map(typed_number, request.POST.getlist("entry")) if number is not None]
    subject = clean(request.POST.get("subject", ""))
    splitting.split(found, entries=entries, subject=subject, actor=request.actor, once=request.sent.once)


@verb
def follow_up(request: Any, found: Ticket) -> Ticket:
    """Open a ticket that follows up a closed one."""
    text = clean(request.POST.get("text", "")).strip()
    if not text:
        raise Refused(_("Say in a few words what it is about now."), field="text")
    opened = following_up.follow_up(
        found, text=text, subject=clean(request.POST.get("subject", "")), channel=Channel.DESK, actor=request.actor,
        once=request.sent.once,
    )  # fmt: skip
    facts = {"reference": opened.reference, "other": found.reference}
    messages.success(request, _("%(reference)s is open: it follows up %(other)s.") % facts)
    return opened


def links_panel(
    request: Any, found: Ticket, may: dict[str, bool], *, entries: Sequence[TicketEntry], parts: Sequence[Ticket]
) -> dict[str, Any]:
    """Return what the page shows of the tickets that belong to this one; `entries` are those that the page shows."""
    ties = ties_of(found, request.actor)
    children = [tie.other for tie in ties if tie.relation.code == "child"]
    whole = found.merged_into
    can_split = may["link"] and found.merged_into_id is None
    own = [each for each in entries if each.origin is None and each.kind in splitting.SPLITTABLE]
    splittable = own if can_split else []
    return {
        "ties": ties,
        "open_children": [each for each in children if each.is_open],
        "whole": whole,
        "parts": parts,
        "relations": [each for each in RELATIONS.values() if each.is_chosen],
        "has_merge": may["merge"] and whole is None and found.status != Status.CLOSED,
        "splittable": [(entry, entry.event) for entry in splittable] if len(splittable) > 1 else [],
        "has_follow_up": may["link"] and whole is None and found.status == Status.CLOSED,
    }


def ties_of(found: Ticket, actor: Any) -> list[Tie]:
    """Return the linked tickets that this actor may see, in the order of RELATIONS."""
    keys = [other_id for _code, other_id, _number in found.links]
    if not keys:
        return []
    others = {each.pk: each for each in queries.visible_to(actor).select_related("assignee").filter(pk__in=keys)}
    order = list(RELATIONS)
    ties = [Tie(RELATIONS[code], others[key]) for code, key, _number in found.links if key in others]
    return sorted(ties, key=lambda tie: (order.index(tie.relation.code), tie.other.number))


def _chosen(request: Any, found: Ticket) -> Ticket:
    return _other(request, found, clean(request.POST.get("other") or request.POST.get("other_words", "")))


def _other(request: Any, found: Ticket, words: str) -> Ticket:
    """Return the ticket that was chosen, or whose number was typed. Raises Refused where there is none."""
    digits = words.strip().rpartition("-")[2].lstrip("#")
    number = typed_number(digits)
    other = queries.find(number, actor=request.actor) if number and number < 2**31 else None
    if other is None:
        raise Refused(_("Choose a ticket from the list, or write its number."), field="other")
    return other
