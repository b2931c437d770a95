"""What those who asked say of how it went: giving a mark, and what there is of it."""

from __future__ import annotations

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.people.models import Person
from entraide.tickets.events.rating import WORST, Rated, earlier_rating
from entraide.tickets.models import Rating, Ticket


def rate(
    ticket: Ticket, *, person: Person, mark: int, actor: Actor, words: str = "", source: str = "portal",
    once: str | None = None,
) -> Entry:  # fmt: skip
    """Say, as somebody who asked, how it went. What they said before is replaced; the same again writes nothing.

    Raises NotAllowed for anybody else, Conflict before it is solved and when it is too late.
    """
    known = earlier_rating(ticket, person.pk)
    if known is not None and (known.mark, known.words) == (mark, words.strip()) and actor.person_id == person.pk:
        return known.entry
    return record(ticket, Rated(person.pk, mark, words.strip(), source), actor=actor, once=once)


def may_rate(ticket: Ticket, *, actor: Actor) -> bool:
    """Tell whether this actor could give or change their mark now."""
    if actor.person_id is None or ticket.merged_into_id is not None or not actor.may("ticket.rate", ticket):
        return False
    try:
        Rated(actor.person_id, WORST).check(ticket, actor)
    except Refused:
        return False
    return True


def ratings_of(ticket: Ticket) -> list[Rating]:
    """Return what was said of a ticket, the newest first; one query."""
    return list(ticket.ratings.select_related("person", "entry"))
