"""Whom the public words of a major incident go to: those on the ticket, those on the tickets that follow, the contacts."""

from __future__ import annotations

from entraide.channels.email.outgoing import Letter, post
from entraide.channels.email.recipients import on_the_ticket, people
from entraide.core.reactions import reacts_to
from entraide.people.models import Person
from entraide.tickets.events.majors import MajorDeclared, MajorUpdated, MajorUpdateShared
from entraide.tickets.events.resolving import Resolved
from entraide.tickets.models import TicketEntry


@reacts_to(MajorDeclared, MajorUpdated)
def tell_the_public(entry: TicketEntry) -> None:
    """Tell those on the ticket and the client contacts how the major incident stands."""
    for person in on_the_ticket(entry.ticket):
        _tell(entry, "major_update", person)
    tell_contacts(entry)


@reacts_to(MajorUpdateShared)
def tell_followers(entry: TicketEntry) -> None:
    """Tell those on a ticket that follows."""
    for person in on_the_ticket(entry.ticket):
        _tell(entry, "major_update", person)


@reacts_to(Resolved)
def tell_contacts_of_resolution(entry: TicketEntry) -> None:
    """Tell the client contacts that the major incident is over."""
    if entry.ticket.major_since is not None:
        tell_contacts(entry)


def tell_contacts(entry: TicketEntry) -> None:
    """Write to the contacts who are not on the ticket, and whom a link into it is not for."""
    known = {person.pk for person in on_the_ticket(entry.ticket)}
    for person in people(entry.ticket.major_contact_ids):
        if person.pk not in known:
            _tell(entry, "major_news", person)


def _tell(entry: TicketEntry, template: str, person: Person) -> None:
    if person.pk != entry.actor_person_id:
        post(entry, Letter(template, person, is_automatic=True))
