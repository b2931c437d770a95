"""Which ticket a mail answers: the proofs, the best first. Whether its sender may write there: standing.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from entraide.channels.email.addresses import third_party_key_in, ticket_number_in
from entraide.channels.email.models import OutgoingMail, ThreadLink
from entraide.channels.email.parsing.thread_clues import ThreadClues
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.models import Ticket

REFERENCES_AT_MOST = 100
MESSAGE_ID_BYTES = 998

Proof = Literal["reference", "address", "subject"]


@dataclass(frozen=True)
class Lead:
    """A ticket to which something in a mail leads, and what."""

    ticket: Ticket
    proof: Proof


def leads(clues: ThreadClues) -> list[Lead]:
    """Return the tickets that a mail may answer, the surest first.

    What it refers to proves most, then the signed address; a number in the subject proves nothing by
    itself: anyone can type [ENT-42].
    """
    with scoped(Scope.everything(reason="the thread tells the ticket before the organisation is known")):
        return [
            *_by_references(clues.message_ids),
            *_by_number((_number_in(each) for each in clues.plus_tags), "address"),
            *_by_number([clues.subject_number], "subject"),
        ]


def mail_answered(person: Person, *, ticket: Ticket, references: Sequence[str]) -> OutgoingMail | None:
    """Return the mail that we sent to `person` about `ticket` and that the first of these Message-IDs names, or None."""
    wanted = [clipped(each) for each in references[:REFERENCES_AT_MOST]]
    with scoped(Scope.everything(reason="technicians are written to about every organisation's tickets")):
        ours = OutgoingMail.objects.filter(ticket=ticket, message_id__in=wanted, person=person)
        return min(ours, key=lambda mail: wanted.index(mail.message_id), default=None)


def remember(message_id: str, ticket: Ticket) -> None:
    """Note that answers to this message belong to this ticket."""
    if not message_id:
        return
    with scoped(Scope.everything(reason="the ticket may have been moved since its message was first noted")):
        ThreadLink.objects.get_or_create(
            message_id=clipped(message_id), ticket=ticket, defaults={"organisation_id": ticket.organisation_id}
        )


def clipped(text: str, size_bytes: int = MESSAGE_ID_BYTES) -> str:
    """Return `text` as the database and its index take it: without NULs and not longer than this."""
    return text.replace("\x00", "").encode("utf-8", "replace")[:size_bytes].decode("utf-8", "ignore")


def _number_in(plus_part: str) -> int | None:
    """Return the number of the ticket to which an address of ours leads, be it that of a conversation with a third party."""
    key = third_party_key_in(plus_part)
    return int(key.partition("-")[0]) if key else ticket_number_in(plus_part)


def _by_references(references: Sequence[str]) -> Iterator[Lead]:
    wanted = [clipped(each) for each in references[:REFERENCES_AT_MOST]]
    if not wanted:
        return
    links = ThreadLink.objects.filter(message_id__in=wanted).select_related("ticket__organisation").order_by("-pk")
    for link in sorted(links, key=lambda each: wanted.index(each.message_id)):
        yield Lead(link.ticket, "reference")


def _by_number(numbers: Iterable[int | None], proof: Proof) -> Iterator[Lead]:
    wanted = [number for number in numbers if number is not None]
    for ticket in Ticket.objects.filter(number__in=wanted).select_related("organisation"):
        yield Lead(ticket, proof)
