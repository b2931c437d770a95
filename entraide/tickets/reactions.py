"""What follows for the tickets that follow a major incident, and for what is asked to be approved."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.tickets import actions
from entraide.tickets.approvals import contacts_of, rule_of
from entraide.tickets.approving import ask, withdraw_all
from entraide.tickets.events.majors import Followed, MajorStoodDown, MajorUpdated
from entraide.tickets.events.opening import TicketOpened
from entraide.tickets.events.resolving import Resolved
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.standing_down import share_standing_down
from entraide.tickets.status import OPEN

MAJOR = Actor.system("major")
APPROVALS = Actor.system("approvals")


@reacts_to(MajorUpdated)
def share_update(entry: TicketEntry) -> None:
    """Tell every ticket that follows how the major incident stands."""
    event: Any = entry.event
    for_followers(entry, lambda ticket, once: _share(ticket, entry.ticket.number, event.text, once))


@reacts_to(Followed)
def share_status(entry: TicketEntry) -> None:
    """Tell a ticket that begins to follow how the major incident stands now."""
    event: Any = entry.event
    with scoped(Scope.everything(reason="a major incident may be another organisation's")):
        major = Ticket.objects.filter(pk=event.major_id).first()
        if major is not None and major.is_open and major.major_since is not None:
            with suppress(Refused):
                _share(entry.ticket, major.number, major.major_text, f"shared:{entry.pk}:{entry.ticket_id}")


@reacts_to(Resolved)
def resolve_followers(entry: TicketEntry) -> None:
    """Resolve what follows a resolved major incident, with its words."""
    event: Any = entry.event
    if entry.ticket.major_since is not None:
        for_followers(entry, lambda ticket, once: _resolve(ticket, entry.ticket, event, once))


@reacts_to(MajorStoodDown)
def let_followers_go(entry: TicketEntry) -> None:
    """Put what followed a major incident that is none after all on its own again, and tell its people why."""
    event: Any = entry.event
    major = entry.ticket
    for_followers(
        entry,
        lambda ticket, once: share_standing_down(ticket, major=major, reason=event.reason, actor=MAJOR, once=once),
    )


@reacts_to(TicketOpened)
def ask_what_the_category_demands(entry: TicketEntry) -> None:
    """Ask the client contacts to approve a request whose category demands it; the ticket waits meanwhile."""
    ticket = entry.ticket
    rule = rule_of(ticket.category)
    if not rule:
        return
    contacts = contacts_of(ticket.organisation_id)
    if rule == "any" and any(each.pk == ticket.requester_id for each in contacts):
        # Whoever may approve it has asked for it.
        return
    others = [each for each in contacts if each.pk != ticket.requester_id]
    if contacts and not others:
        return
    people = [each for each in others if each.address]
    once = f"approval:{entry.pk}"
    if not people:
        text = _(
            "The category demands an approval, but %(organisation)s has no client contact who could be asked by mail."
        )
        words = text % {"organisation": ticket.organisation.name}
        actions.note(ticket, text=words, actor=APPROVALS, once=f"{once}:nobody")
        return
    with suppress(Refused):
        # Resolved or merged in this very moment: nothing is to be approved any more.
        ask(ticket, question="", people=people, rule=rule, holds=True, by_category=True, actor=APPROVALS, once=once)


@reacts_to(Resolved)
def withdraw_what_is_asked(entry: TicketEntry) -> None:
    """Ask nobody any more to approve what is done."""
    with suppress(Refused):
        withdraw_all(Ticket.objects.get(pk=entry.ticket_id), actor=APPROVALS, why="resolved")


def for_followers(entry: TicketEntry, act: Callable[[Ticket, str], Any]) -> None:
    """Do something once for each open ticket that follows this entry's; one that refuses keeps no other from it."""
    with scoped(Scope.everything(reason="a major incident may strike several organisations")):
        for ticket in Ticket.objects.filter(follows_id=entry.ticket_id, status__in=OPEN).order_by("pk"):
            with suppress(Refused):
                act(ticket, f"shared:{entry.pk}:{ticket.pk}")


def _resolve(ticket: Ticket, major: Ticket, event: Any, once: str) -> None:
    try:
        actions.resolve(ticket, code=event.code, text=event.text, actor=MAJOR, once=once)
    except Refused as refused:
        # It stays open: whoever works on it must hear of it.
        words = _("The major incident %(major)s is resolved, but this ticket could not be resolved with it: %(why)s")
        text = words % {"major": major.reference, "why": refused.message}
        actions.note(ticket, text=text, actor=MAJOR, once=f"{once}:left")


def _share(ticket: Ticket, major_number: int, text: str, once: str) -> None:
    actions.share_major_update(ticket, major_number=major_number, text=text, actor=MAJOR, once=once)
