"""Tying two tickets together and apart: what happens is written on both, or on neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from entraide.core.actor import Actor
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.tickets.events.linking import RELATIONS, Linked, Unlinked
from entraide.tickets.models import Ticket


def link(
    ticket: Ticket, *, other: Ticket, relation: str, actor: Actor, entries: Iterable[int] = (), once: str | None = None
) -> Entry:
    """Make `other` the ticket's `relation` (a code of RELATIONS) and return the ticket's entry.

    `entries` are the messages of the ticket that became the other one.
    """
    inverse = RELATIONS[relation].inverse if relation in RELATIONS else relation
    with all_locked(ticket, other, in_family_order=True):
        here = record(
            ticket,
            Linked(relation, other.pk, other.number, entries=tuple(entries)),
            actor=actor,
            once=once,
        )
        record(other, Linked(inverse, ticket.pk, ticket.number), actor=actor, once=f"{once}:other" if once else None)
    return here


def unlink(ticket: Ticket, *, other: Ticket, actor: Actor, once: str | None = None) -> Entry:
    """Take the link between two tickets away, whatever it says, and return the ticket's entry."""
    with all_locked(ticket, other, in_family_order=True):
        relation = next(
            (code for code, other_id, _number in Ticket.objects.get(pk=ticket.pk).links if other_id == other.pk),
            "related",
        )
        here = record(ticket, Unlinked(relation, other.pk, other.number), actor=actor, once=once)
        there = Unlinked(RELATIONS[relation].inverse, ticket.pk, ticket.number)
        record(other, there, actor=actor, once=f"{once}:other" if once else None)
    return here


@contextmanager
def all_locked(*tickets: Ticket, in_family_order: bool = False) -> Iterator[None]:
    """Hold the rows of several tickets for the length of the block, in the order of their keys.

    Two people who tie A to B and B to A wait for one another instead of dying of it. `in_family_order`: no two
    parents are set at once in an organisation, since a circle may pass through tickets that neither of them locks.
    """
    with transaction.atomic():
        if in_family_order:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('entraide.links'), %s)", [tickets[0].organisation_id]
                )
        keys = {each.pk for each in tickets}
        list(
            Ticket.objects.select_for_update(of=("self",))
            .filter(pk__in=keys)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        yield
