"""One thing that was reported twice: making a ticket part of another one, and taking it out again."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Conflict
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.tickets.approving import withdraw_all
from entraide.tickets.events.merging import Merged, MergedIn, Unmerged, UnmergedOut, last_merge
from entraide.tickets.events.messages import RequesterWrote
from entraide.tickets.linking import all_locked
from entraide.tickets.models import Ticket
from entraide.tickets.status import OPEN

DEPTH_AT_MOST = 20


def merge(ticket: Ticket, *, into: Ticket, actor: Actor, once: str | None = None) -> Entry:
    """Make the ticket part of `into` and return its entry: it closes, its people follow `into` from now on."""
    with all_locked(ticket, into):
        # What was asked there would be answered where nothing can happen any more: whoever needs it asks again in the whole.
        withdraw_all(Ticket.objects.get(pk=ticket.pk), actor=actor, why="merged")
        fresh, whole = Ticket.objects.get(pk=ticket.pk), Ticket.objects.get(pk=into.pk)
        brought = tuple(each for each in people_of(fresh) if not whole.concerns(each))
        # What was not answered there is not answered here, and may be just what this ticket waited for.
        awaits_answer = fresh.awaits_answer and fresh.status in OPEN
        there = MergedIn(
            fresh.pk,
            fresh.number,
            brought_ids=brought,
            awaits_answer=awaits_answer,
            ends_waiting=awaits_answer and RequesterWrote.would_end(whole.pending_reason),
        )
        here = Merged(whole.pk, whole.number, fresh.status, fresh.resolution_code, brought_ids=brought)
        entry = record(ticket, here, actor=actor, once=once)
        record(into, there, actor=actor, once=f"{once}:into" if once else None)
    return entry


def unmerge(ticket: Ticket, *, actor: Actor, once: str | None = None) -> Entry:
    """Take the ticket out of the one of which it is a part, and return its entry: it stands as it stood."""
    into = Ticket.objects.filter(pk=ticket.merged_into_id or 0).first()
    if into is None:
        raise Conflict(_("This ticket is not part of another one any more."), field="into")
    with all_locked(ticket, into):
        merged = last_merge(ticket)
        assert merged is not None
        event = merged.event
        assert isinstance(event, Merged)
        staying = {each for part in into.merged.exclude(pk=ticket.pk) for each in people_of(part)}
        gone = tuple(each for each in event.brought_ids if each not in staying)
        here = Unmerged(into.pk, into.number, event.was_status, event.was_code)
        entry = record(ticket, here, actor=actor, once=once)
        there = UnmergedOut(ticket.pk, ticket.number, gone_ids=gone)
        record(into, there, actor=actor, once=f"{once}:into" if once else None)
    return entry


def whole_of(ticket: Ticket) -> Ticket:
    """Return the ticket in which this one's conversation goes on: itself, unless it was merged."""
    for _step in range(DEPTH_AT_MOST):
        if ticket.merged_into_id is None:
            break
        ticket = Ticket.objects.select_related("organisation").get(pk=ticket.merged_into_id)
    return ticket


def parts_of(ticket: Ticket) -> list[Ticket]:
    """Return the tickets that are part of this one, those that are part of them too, in the order of their numbers."""
    found: dict[int, Ticket] = {}
    keys = [ticket.pk]
    while keys and len(found) < 500:
        below = list(Ticket.objects.select_related("requester").filter(merged_into__in=keys))
        keys = [each.pk for each in below if each.pk not in found]
        found.update({each.pk: each for each in below})
    return sorted(found.values(), key=lambda each: each.number)


def people_of(ticket: Ticket) -> Iterable[int]:
    """Return the requester, the one they asked for, and the followers."""
    everybody = [ticket.requester_id, ticket.on_behalf_of_id, *ticket.watcher_ids]
    return dict.fromkeys(each for each in everybody if each is not None)
