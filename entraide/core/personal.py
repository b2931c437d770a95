"""What is kept of a person: each room tells what it has, says what stands in the way of erasing it, and lets it go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class About:
    """Whom it is about; `addresses` are their mail addresses in lower case."""

    person_id: int
    organisation_id: int
    name: str
    addresses: tuple[str, ...]
    # They give support: what they wrote as technicians belongs to the tickets of others.
    is_of_the_desk: bool


class Piece(NamedTuple):
    """A part of what is kept: a name in the archive, and JSON data, bytes, or the address of a file (SHA-256)."""

    name: str
    data: Any = None
    content: bytes | None = None
    digest: str = ""


Teller = Callable[[About, bool], Iterable[Piece]]
Hindrance = Callable[[About], Iterable[str]]
LettingGo = Callable[[About], None]
_tellers: list[Teller] = []
_hindrances: list[Hindrance] = []
_lettings_go: list[LettingGo] = []


def tells_of_people(teller: Teller) -> Teller:
    """Register what a room tells of a person; the second argument says whether internal notes are told, too."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def stands_in_the_way(hindrance: Hindrance) -> Hindrance:
    """Register what must be settled first: a function that gives a sentence for each thing, for the person who asks."""
    if hindrance not in _hindrances:
        _hindrances.append(hindrance)
    return hindrance


def lets_go(letting_go: LettingGo) -> LettingGo:
    """Register what a room does when a person is erased; it may run twice."""
    if letting_go not in _lettings_go:
        _lettings_go.append(letting_go)
    return letting_go


def all_told(about: About, *, with_internal: bool) -> Iterator[Piece]:
    """Give everything that is kept of a person, room by room."""
    for teller in _tellers:
        yield from teller(about, with_internal)


def hindrances(about: About) -> list[str]:
    """Return what stands in the way of erasing a person; none is as it should be."""
    return [sentence for hindrance in _hindrances for sentence in hindrance(about)]


def let_go(about: About) -> None:
    """Let every room let go of a person, within the transaction of the caller."""
    for letting_go in _lettings_go:
        letting_go(about)
