"""Which tickets hold a word: in subject, messages, answers, people, organisations and names of files; each by an index of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Q, QuerySet
from django.db.models.fields.json import KT

from entraide.core.actor import Actor
from entraide.core.words import Folded, Words, among, begins, folded, matches
from entraide.people.models import MailAddress, Organisation, Person
from entraide.tickets.answers import answered_with
from entraide.tickets.asked import Asked, Word, read
from entraide.tickets.models import Attachment, Ticket, TicketEntry

NUMBER = re.compile(r"(?P<named>#|[A-Za-z]{1,10}-)?(?P<number>\d{1,9})")
# Shorter words resemble too much.
LETTERS_TO_RESEMBLE = 4
LETTERS_TO_BEGIN = 4


@dataclass(frozen=True)
class Readable:
    """Which words an actor may find: public ones, and internal ones where they may see those."""

    everywhere: bool
    organisations: tuple[int, ...] = ()

    @classmethod
    def by(cls, actor: Actor) -> Readable:
        if actor.kind == "system":
            return cls(True)
        of = [
            grant.organisation_id
            for grant in actor.granted
            if grant.right == "ticket.see_internal" and grant.reach == "any"
        ]
        return cls(None in of, tuple(sorted(each for each in of if each is not None)))

    def condition(self, entry: str = "") -> Q:
        """Return the condition on entries (reached by the relation `entry`, or themselves)."""
        if self.everywhere:
            return Q()
        public = Q(**{f"{entry}is_public": True})
        return public | Q(organisation_id__in=self.organisations) if self.organisations else public

    def internal(self) -> Q:
        """Return the condition on rows of which it is not known whether they are public."""
        return Q() if self.everywhere else Q(organisation_id__in=self.organisations)


def holds(word: Word, readable: Readable, *, leniently: bool = False) -> Q:
    """Return the condition that a ticket holds `word`; with `leniently` also what resembles it, but for its letters."""
    keys = _tickets(word, readable, leniently=leniently and may_resemble(word))
    # What is not among them is most of the table: that is read by its order.
    found = Q(pk__in=keys) if word.is_negated else Q(among("pk", keys))
    if not word.is_phrase and (number := NUMBER.fullmatch(word.text)):
        same = Q(number=int(number["number"])) if int(number["number"]) < 2**31 else Q(pk__in=[])
        # Who types a number means that ticket, not those which mention it; "ENT-13" may still be being typed.
        there = Exists(Ticket.objects.filter(same))
        otherwise = _begins_with(number["number"]) if number["named"] else found
        found = same | (Q(~there) & otherwise)
    return ~found if word.is_negated else found


def _begins_with(digits: str) -> Q:
    """Return the condition that the number of a ticket begins with these digits."""
    start, found = int(digits), Q(pk__in=[])
    for more in range(1, 10 - len(digits)):
        first = start * 10**more
        if start and first < 2**31:
            found |= Q(number__range=(first, min(first + 10**more, 2**31) - 1))
    return found


def may_resemble(word: Word) -> bool:
    return not word.is_negated and not word.is_phrase and len(re.findall(r"[^\W\d_]", word.text)) >= LETTERS_TO_RESEMBLE


def search(tickets: QuerySet[Ticket], words: str, *, actor: Actor) -> QuerySet[Ticket]:
    """Narrow `tickets` to those that hold what was typed: words, "phrases", `or`, `-not`; no operators."""
    return tickets.filter(_all_of(read_words(words), Readable.by(actor)))


def read_words(words: str) -> Asked:
    return read(words, words_only=True)


def _all_of(asked: Asked, readable: Readable) -> Q:
    condition = Q()
    for group in asked.groups:
        either = Q()
        for part in group:
            if isinstance(part, Word):
                either |= holds(part, readable)
        condition &= either
    return condition


def _tickets(word: Word, readable: Readable, *, leniently: bool) -> QuerySet[Any, Any]:
    """Return the keys of the tickets that hold a word: one union, each part of which has its index.

    With OR between them PostgreSQL would read all tickets.
    """
    tickets = Ticket.objects.order_by()
    people = _people(word, leniently=leniently)
    by_subject = Q(folded_subject__contains=folded(word.text)) | _matches(Words("subject"), word)
    if leniently:
        by_subject |= Q(folded_subject__trigram_word_similar=folded(word.text))
    organisations = Organisation.objects.order_by().alias(folded_name=Folded("name"))
    organisations = organisations.filter(folded_name__contains=folded(word.text))
    said = _matches(Words(KT("data__text")), word)
    files = Attachment.objects.order_by().alias(folded_name=Folded("name")).filter(is_inline=False)
    return (
        tickets.alias(folded_subject=Folded("subject"))
        .filter(by_subject)
        .values("pk")
        .union(
            tickets.filter(among("requester_id", people)).values("pk"),
            tickets.filter(among("on_behalf_of_id", people)).values("pk"),
            tickets.filter(among("organisation_id", organisations.values("pk"))).values("pk"),
            TicketEntry.objects.order_by().filter(readable.condition(), said).values("ticket_id"),
            # Which answers are for the desk alone is not said in their rows.
            answered_with(_matches(Words("text"), word), word.text).filter(readable.internal()),
            files.filter(readable.condition("entry__"), folded_name__contains=folded(word.text)).values("ticket_id"),
        )
    )


def _people(word: Word, *, leniently: bool) -> QuerySet[Any, Any]:
    named = Q(folded_name__contains=folded(word.text))
    if leniently:
        named |= Q(folded_name__trigram_word_similar=folded(word.text))
    by_name = Person.objects.order_by().alias(folded_name=Folded("name")).filter(named).values("pk")
    by_mail = MailAddress.objects.order_by().alias(folded_email=Folded("email"))
    return by_name.union(by_mail.filter(folded_email__startswith=folded(word.text)).values("person_id"))


def _matches(words: Words, word: Word) -> Q:
    text = f'"{word.text}"' if word.is_phrase else re.sub(r'["-]', " ", word.text)
    found = Q(matches(words, text))
    if not word.is_phrase and re.fullmatch(rf"[^\W\d_]{{{LETTERS_TO_BEGIN},}}", word.text):
        # The word may still be being typed.
        found |= Q(begins(words, word.text))
    return found
