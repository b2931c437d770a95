"""Whom the public words of a major incident go to: those on the ticket, those on the tickets that follow, the contacts."""

from __future__ import annotations

from collections.abc import Iterable

from entraide.channels.email.outgoing import Letter, post
from entraide.channels.email.recipients import on_the_ticket, people
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.events.majors import (
    MajorDeclared,
    MajorStandingDownShared,
    MajorStoodDown,
    MajorUpdated,
    MajorUpdateShared,
)
from entraide.tickets.events.resolving import Resolved
from entraide.tickets.models import TicketEntry
from entraide.tickets.standing_down import led_before


@reacts_to(MajorDeclared, MajorUpdated)
def tell_the_public(entry: TicketEntry) -> None:
    """Tell those on the ticket and the client contacts how the major incident stands."""
    for person in on_the_ticket(entry.ticket):
        _tell(entry, "major_update", person)
    tell_contacts(entry, entry.ticket.major_contact_ids)


@reacts_to(MajorUpdateShared)
def tell_followers(entry: TicketEntry) -> None:
    """Tell those on a ticket that follows."""
    for person in on_the_ticket(entry.ticket):
        _tell(entry, "major_update", person)


@reacts_to(Resolved)
def tell_contacts_of_resolution(entry: TicketEntry) -> None:
    """Tell the client contacts that the major incident is over."""
    if entry.ticket.major_since is not None:
        tell_contacts(entry, entry.ticket.major_contact_ids)


@reacts_to(MajorStoodDown)
def tell_that_it_was_none(entry: TicketEntry) -> None:
    """Tell those on the ticket and the client contacts that it was no major incident, and that the ticket goes on."""
    before = led_before(entry)
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        members = Person.objects.filter(teams__pk__in=before.team_ids).values_list("pk", flat=True)
        told_at_the_desk = {before.lead_id, entry.ticket.assignee_id, *members}
    for person in on_the_ticket(entry.ticket):
        if person.pk not in told_at_the_desk:
            _tell(entry, "major_stood_down", person)
    tell_contacts(entry, before.contact_ids, template="major_stood_down_news")


@reacts_to(MajorStandingDownShared)
def tell_those_who_followed(entry: TicketEntry) -> None:
    """Tell those on a ticket that followed that it goes on by itself."""
    for person in on_the_ticket(entry.ticket):
        _tell(entry, "major_stood_down_follower", person)


def tell_contacts(entry: TicketEntry, contact_ids: Iterable[int], *, template: str = "major_news") -> None:
    """Write to the contacts who are not on the ticket, and whom a link into it is not for."""
    known = {person.pk for person in on_the_ticket(entry.ticket)}
    for person in people(contact_ids):
        if person.pk not in known:
            _tell(entry, template, person)


def _tell(entry: TicketEntry, template: str, person: Person) -> None:
    if person.pk != entry.actor_person_id:
        post(entry, Letter(template, person, is_automatic=True))
