"""What the end of a search that is being typed could become: an operator's name, or one of its values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from entraide.core.actor import Actor
from entraide.tickets import asked_names, queries
from entraide.tickets.asked import CHARACTERS_AT_MOST, quoted
from entraide.tickets.asked_operators import FIELD, NAMES, Operator, fold, operator_named
from entraide.tickets.asked_words import LATE, MEANINGS, TIMES, choices, is_french, shown_name

AT_MOST = 8
LETTERS_OF_A_NAME = 2
RECENT = 300
_TAIL = re.compile(
    r"""(?:^|(?<=\s))-?(?P<name>[^\W\d_][\w.-]{0,70})
        (?P<colon>:(?:(?:"[^"]*"|[^\s",]+),)*(?P<value>"[^"]*|[^\s",]*))?$""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Completion:
    """`text` takes the place of everything from `start`; `name` and `says` are read."""

    start: int
    text: str
    name: str
    says: str = ""


def complete(text: str, *, actor: Actor) -> list[Completion]:
    """Return what the end of `text` could become; at most two queries, whatever there is."""
    found = _TAIL.search(text) if len(text) <= CHARACTERS_AT_MOST else None
    # Within an open quote, a colon is a letter like any other.
    if found is None or text[: found.start("name")].count('"') % 2:
        return []
    if found["colon"] is None:
        return _names(found["name"], found.start("name"))
    operator = operator_named(found["name"])
    if operator is None:
        return []
    typed = found["value"].lstrip('"')
    rows = [(text, says) for text, says in _values(operator, typed, actor) if fold(text) != fold(typed)]
    return [Completion(found.start("value"), f"{quoted(text)} ", text, says) for text, says in rows[:AT_MOST]]


def _names(start: str, at: int) -> list[Completion]:
    if len(start) < LETTERS_OF_A_NAME:
        return []
    fitting = dict.fromkeys(name for typed, name in NAMES.items() if typed.startswith(fold(start)))
    shown = [(f"{shown_name(name)}:", str(MEANINGS[name])) for name in fitting]
    return [Completion(at, name, name, means) for name, means in shown[:AT_MOST]]


def _values(operator: Operator, start: str, actor: Actor) -> list[tuple[str, str]]:
    name = operator.name
    if name.startswith(FIELD) or name == "subject":
        return []
    if operator.shape == "choice":
        return _beginning(((each, "") for each in choices(operator)), start)
    if operator.shape == "time":
        times = (*TIMES, LATE) if name == "due" else TIMES
        return _beginning(((french if is_french() else english, str(says)) for english, french, says in times), start)
    if name == "tag":
        return _beginning(((tag, "") for tag in _tags(actor)), start)
    french = is_french()
    special = []
    if name in ("assignee", "from"):
        special.append("moi" if french else "me")
    if name in ("assignee", "site", "team", "category", "form"):
        special.append("aucun" if french else "none")
    named = [(each, "") for each in asked_names.offered(name, start, at_most=AT_MOST)]
    return [*_beginning(((each, "") for each in special), start), *named]


def _beginning(rows: Iterable[tuple[str, str]], start: str) -> list[tuple[str, str]]:
    """Return the rows in whose text `start` stands, those that begin with it first."""
    wanted = fold(start)
    fitting = [row for row in rows if wanted in fold(row[0])]
    return sorted(fitting, key=lambda row: not fold(row[0]).startswith(wanted))


def _tags(actor: Actor) -> list[str]:
    """Return the tags of what happened last: reading those of every ticket would take as long as there are tickets."""
    rows = queries.visible_to(actor).order_by("-updated_at").values_list("tags", flat=True)[:RECENT]
    return sorted({tag for tags in rows for tag in tags})
