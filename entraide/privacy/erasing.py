"""Erasing a person: at once they are nobody who can sign in; then, ticket by ticket, their words go and the figures stay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from entraide.audit.writing import Subject, write_down
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.core.personal import About, hindrances, let_go
from entraide.core.scope import Scope, scoped
from entraide.people.models import Account, Person
from entraide.people.personal import about
from entraide.privacy.models import Erasure
from entraide.privacy.retention import is_held
from entraide.tickets.forgetting import erase_passages, erase_words
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.personal import tickets_of, written_elsewhere

ERASING = Actor.system("erasing")


@dataclass(frozen=True)
class Kept:
    """What is kept of a person, counted, and what stands in the way of erasing it."""

    tickets: int
    entries_elsewhere: int
    in_the_way: tuple[str, ...]


def kept_of(person: Person) -> Kept:
    """Return what erasing a person would take away."""
    whom = about(person)
    in_the_way = hindrances(whom)
    if is_held(person.organisation):
        in_the_way.insert(0, _("Nothing of this organisation may be erased for now: its rule for keeping says why."))
    return Kept(tickets_of(whom).count(), written_elsewhere(whom).count(), tuple(in_the_way))


def begin_erasing(person: Person, *, reason: str, actor: Actor) -> Erasure:
    """Let a person no longer sign in, and queue the erasing of what is kept of them.

    Raises NotAllowed; Conflict when it has begun already; Refused while something stands in the way, with all of it.
    """
    from entraide.privacy.jobs import erase_person

    if not actor.may_on_anything("privacy.edit", person.organisation_id) or actor.person_id == person.pk:
        raise NotAllowed(_("You do not have the right to do this here."))
    if not reason.strip():
        raise Refused(_("Say why they are erased: their own wish, or that they have left."), field="reason")
    with transaction.atomic():
        locked = Person.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=person.pk)
        if Erasure.objects.filter(person=locked).exists():
            raise Conflict(_("Somebody has asked for this already: it is under way or done."))
        if in_the_way := kept_of(locked).in_the_way:
            raise Refused(" ".join(in_the_way))
        erasure = Erasure.objects.create(
            organisation_id=locked.organisation_id, person=locked, asked_at=now(), asked_by_id=actor.person_id,
            reason=reason.strip(),
        )  # fmt: skip
        Account.objects.filter(person=locked).update(is_active=False)
        Person.objects.filter(pk=locked.pk).update(is_active=False)
        write_down("person_erased", Subject("people.person", locked.pk), organisation_id=locked.organisation_id)
        erase_person.defer(erasure_id=erasure.pk)
    return erasure


def go_on_erasing(erasure_id: int) -> None:
    """Erase what an erasure asks for; what an earlier attempt did is not done again."""
    with scoped(Scope.everything(reason="a job finds its erasure by its id before it knows the organisation")):
        erasure = Erasure.objects.select_related("person__organisation").get(pk=erasure_id)
    with scoped(Scope.of(erasure.organisation_id)):
        if erasure.finished_at is None:
            _erase(erasure, about(erasure.person))


def _erase(erasure: Erasure, whom: About) -> None:
    theirs = tickets_of(whom).filter(Q(words_erased_at=None) | Q(words_erased_at__lt=erasure.asked_at))
    for ticket in theirs.order_by("pk").iterator(chunk_size=100):
        erase_words(ticket, basis="person", actor=ERASING)
        _count(erasure, "tickets")
    elsewhere: dict[Ticket, list[TicketEntry]] = defaultdict(list)
    for entry in written_elsewhere(whom).select_related("ticket"):
        elsewhere[entry.ticket].append(entry)
    for ticket, entries in elsewhere.items():
        if erase_words(ticket, basis="person", actor=ERASING, entries=entries):
            _count(erasure, "entries")
    names = [*whom.addresses, *([whom.name] if " " in whom.name else [])]
    for ticket in _naming(names):
        if erase_passages(ticket, passages=names, basis="person", actor=ERASING):
            _count(erasure, "entries")
    everywhere = Scope.everything(reason="what somebody of the desk was told and chose stands in every organisation")
    with scoped(everywhere), transaction.atomic():
        let_go(whom)
        Erasure.objects.filter(pk=erasure.pk).update(finished_at=now())


def _naming(names: list[str]) -> list[Ticket]:
    """Return the tickets of the scope in which somebody else wrote one of these names."""
    found = Q(pk__in=[])
    for name in names:
        found |= Q(told__icontains=name)
    entries = TicketEntry.objects.annotate(told=Cast("data", TextField())).filter(found)
    return list(Ticket.objects.filter(pk__in=entries.values("ticket")).order_by("pk")) if names else []


def _count(erasure: Erasure, column: str) -> None:
    Erasure.objects.filter(pk=erasure.pk).update(**{column: F(column) + 1})
