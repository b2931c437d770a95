"""What tickets keep of a person: those they opened or that were opened for them, and what they wrote elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from entraide.core.personal import About, Piece, lets_go, stands_in_the_way, tells_of_people
from entraide.tickets.models import Presence, Ticket, TicketEntry, Timer
from entraide.tickets.status import OPEN
from entraide.tickets.timeline import lines_of

NAMED_AT_MOST = 5


def tickets_of(about: About) -> QuerySet[Ticket]:
    """Return the tickets that are about a person: their words are theirs, whoever wrote them."""
    return Ticket.objects.filter(Q(requester=about.person_id) | Q(on_behalf_of=about.person_id))


def written_elsewhere(about: About) -> QuerySet[TicketEntry]:
    """Return what a person wrote on tickets of others; of a technician nothing, for that belongs to those tickets."""
    if about.is_of_the_desk:
        return TicketEntry.objects.none()
    return TicketEntry.objects.filter(actor_person=about.person_id).exclude(ticket__in=tickets_of(about))


@tells_of_people
def tell_of_tickets(about: About, with_internal: bool) -> Iterator[Piece]:
    """Give each ticket with its timeline and its files; what is internal only where it is asked for."""
    for ticket in tickets_of(about).select_related("category", "site").order_by("number").iterator(chunk_size=100):
        entries = ticket.timeline().select_related("actor_person").prefetch_related("attachments")
        lines = lines_of(entries if with_internal else entries.filter(is_public=True))
        yield Piece(f"tickets/{ticket.reference}.json", data=_facts(ticket) | {"timeline": [_told(x) for x in lines]})
        for line in lines:
            for file in line.attachments:
                yield Piece(f"files/{ticket.reference}/{file.pk}-{file.name}", digest=file.digest)
    elsewhere = lines_of(written_elsewhere(about).select_related("actor_person").prefetch_related("attachments"))
    if elsewhere:
        yield Piece("tickets/elsewhere.json", data=[_told(line) for line in elsewhere])


@stands_in_the_way
def nothing_is_open(about: About) -> Iterator[str]:
    """Name the tickets on which somebody still waits for an answer."""
    still = list(tickets_of(about).filter(status__in=OPEN).order_by("number")[: NAMED_AT_MOST + 1])
    if still:
        names = ", ".join(each.reference for each in still[:NAMED_AT_MOST]) + (
            " …" if len(still) > NAMED_AT_MOST else ""
        )
        yield _("Their tickets are open: resolve or close them first (%(tickets)s).") % {"tickets": names}
    assigned = Ticket.objects.filter(assignee=about.person_id, status__in=OPEN).count()
    if assigned:
        yield _("They work on tickets (%(count)d): give those to somebody else first.") % {"count": assigned}


@lets_go
def leave_tickets(about: About) -> None:
    """Let go of what stands for a person on pages and in timers; their tickets are erased one by one before."""
    Presence.objects.filter(person=about.person_id).delete()
    Timer.objects.filter(person=about.person_id).delete()


def _facts(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "description": ticket.description,
        "status": str(ticket.get_status_display()),
        "category": ticket.category.name if ticket.category else None,
        "site": ticket.site.name if ticket.site else None,
        "opened_at": ticket.opened_at,
        "resolved_at": ticket.resolved_at,
        "closed_at": ticket.closed_at,
        "resolution": ticket.resolution,
        "answers": ticket.answers,
    }


def _told(line: Any) -> dict[str, Any]:
    return {
        "at": line.at,
        "who": line.who,
        "what": line.sentence,
        "text": line.text,
        "files": [each.name for each in line.attachments],
    }
