"""Who is named in an internal note: `@Nadia`, `@Nadia Keller`, a team by its name, or by its level as `@N2`."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for
from entraide.people.models import Person, Team
from entraide.people.rights import STAFF_ROLES
from entraide.tickets.models import Ticket

OFFERED_AT_MOST = 8
# An @ within a word is part of an address.
_AT = re.compile(r"(?<![\w.+@-])@(?=\w)")
_GOES_ON = re.compile(r"[\w@]|-\w")


@dataclass(frozen=True)
class Nameable:
    """Somebody of the desk, or a team of it. `names`: what they go by; `says` tells one from another."""

    name: str
    says: str
    names: tuple[str, ...]
    person_ids: tuple[int, ...]
    is_team: bool = False


@dataclass(frozen=True)
class Mentions:
    """Who is named in a text, and by which words (without the @)."""

    person_ids: tuple[int, ...] = ()
    # Those of them who are named themselves, not with their team.
    by_name_ids: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


def nameable_in(ticket: Ticket) -> list[Nameable]:
    """Return who can be named in a note on this ticket: those who may read it, by name, then their teams."""
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        staff = Person.objects.filter(roles__role__in=STAFF_ROLES, is_active=True).distinct()
        found = staff.prefetch_related("roles", "teams").order_by("name", "pk")
        people = [person for person in found if actor_for(person).may("ticket.see_internal", ticket)]
    members: dict[Team, list[int]] = defaultdict(list)
    for person in people:
        for team in person.teams.all():
            if team.is_active:
                members[team].append(person.pk)
    teams = sorted(members, key=lambda team: (team.level, team.name))
    return [*map(_person, people), *(_team(team, members[team]) for team in teams)]


def mentions_in(text: str, nameable: Iterable[Nameable]) -> Mentions:
    """Return who is named in `text`. A first name that several share names nobody; a name in full names all who have it."""
    known = _by_names(nameable)
    lengths = sorted({len(each) for each in known}, reverse=True)
    text = unicodedata.normalize("NFC", text)
    folded = _folded(text)
    told: dict[int, None] = {}
    by_name: dict[int, None] = {}
    words: dict[str, None] = {}
    for at in (found.end() for found in _AT.finditer(text)):
        for length in lengths:
            name = folded[at : at + length]
            if name in known and not _GOES_ON.match(folded, at + length):
                for each in known[name]:
                    told.update(dict.fromkeys(each.person_ids))
                    if not each.is_team:
                        by_name.update(dict.fromkeys(each.person_ids))
                words[text[at : at + length]] = None
                break
    return Mentions(tuple(told), tuple(by_name), tuple(words))


def offered_for(typed: str, nameable: Iterable[Nameable]) -> list[Nameable]:
    """Return whom `typed` (what stands behind an @) may become: a beginning of any part of their names."""
    wanted = _folded(unicodedata.normalize("NFC", typed.strip()))
    fitting = [each for each in nameable if _begins(each, wanted) and _folded(each.name) != wanted]
    fitting.sort(key=lambda each: not any(name.startswith(wanted) for name in each.names))
    return fitting[:OFFERED_AT_MOST]


def _person(person: Person) -> Nameable:
    names = (_folded(person.name), _folded(person.name.split()[0])) if person.name.strip() else ()
    teams = ", ".join(sorted(team.name for team in person.teams.all() if team.is_active))
    return Nameable(person.name, teams, names, (person.pk,))


def _team(team: Team, members: list[int]) -> Nameable:
    level = f"N{team.level}"
    return Nameable(team.name, level, (_folded(team.name), _folded(level)), tuple(members), is_team=True)


def _by_names(nameable: Iterable[Nameable]) -> dict[str, list[Nameable]]:
    full: dict[str, list[Nameable]] = defaultdict(list)
    short: dict[str, list[Nameable]] = defaultdict(list)
    for each in nameable:
        for name in each.names:
            (full if each.is_team or name == _folded(each.name) else short)[name].append(each)
    alone = {name: found for name, found in short.items() if len(found) == 1 and name not in full}
    return {name: found for name, found in {**full, **alone}.items() if name}


def _begins(each: Nameable, wanted: str) -> bool:
    parts = (part for name in each.names for part in (name, *re.split(r"[\s-]+", name)))
    return any(part.startswith(wanted) for part in parts)


def _folded(text: str) -> str:
    """Return `text` in lower case without accents, letter for letter: what is found in it stands there in the text."""
    return "".join(unicodedata.normalize("NFD", each)[0].lower()[:1] for each in text)
