"""What of a search could not be read, in sentences that say what is possible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from entraide.tickets import asked_names
from entraide.tickets.asked import Asked, Condition, Mistake, quoted
from entraide.tickets.asked_conditions import Asker, time_of
from entraide.tickets.asked_operators import FIELD, ME, NOBODY, OPERATORS, fold
from entraide.tickets.asked_words import choices, shown_name
from entraide.tickets.kinds import kinds

# Tags and subjects are free words: any may be asked for.
FREE = frozenset({"tag", "subject"})


@dataclass(frozen=True)
class Said:
    """A mistake in words, and what may have been meant: each name with the whole search as it would then be, or ""."""

    sentence: str
    meant: tuple[tuple[str, str], ...] = ()


def mistakes(asked: Asked, asker: Asker, *, typed: str) -> list[Said]:
    """Return in words what could not be read or whom nobody is called, once each; a query for each name."""
    found = list(asked.mistakes)
    for part in (part for group in asked.groups for part in group):
        if isinstance(part, Condition):
            found += [mistake for value in part.values if (mistake := _mistake(part.operator, value, asker))]
    return list(dict.fromkeys(Said(sentence(each), tuple(_meant(each, typed))) for each in found))


def _meant(mistake: Mistake, typed: str) -> Iterator[tuple[str, str]]:
    for name in mistake.possible:
        if mistake.code == "operator":
            label = mended = f"{shown_name(name)}:"
            wrong = rf"(?<!\w){re.escape(mistake.operator)}:"
        else:
            label, mended = name, quoted(name)
            wrong = rf"(?<=[:,])(?:\"{re.escape(mistake.value)}\"|{re.escape(mistake.value)}(?=[\s,)]|$))"
        whole, changes = re.subn(wrong, mended.replace("\\", r"\\"), typed, count=1, flags=re.IGNORECASE)
        yield label, whole if changes else ""


def _mistake(name: str, value: str, asker: Asker) -> Mistake | None:
    if name in FREE or name.startswith(FIELD) or (shape := OPERATORS[name].shape) == "choice":
        return None
    if shape == "time":
        return None if time_of(value, asker, ahead=name == "due") else Mistake("value", name, value)
    if name == "kind":
        return None if asked_names.kinds_named(value) else Mistake("value", name, value)
    if fold(value) in NOBODY or (fold(value) in ME and name in ("assignee", "from")):
        return None
    if asked_names.is_known(name, value):
        return None
    return Mistake("nobody", name, value, asked_names.alike(name, value))


def sentence(mistake: Mistake) -> str:
    """Return a mistake in words, without what may have been meant."""
    words = {
        "operator": shown_name(mistake.operator),
        "value": mistake.value,
        "possible": ", ".join(possible(mistake.operator)),
    }
    match mistake.code:
        case "operator":
            if mistake.possible:
                return _("There is no operator “%(name)s:”.") % {"name": mistake.operator}
            return _("There is no operator “%(name)s:”. To look for these words, put them in quotes.") % {
                "name": mistake.operator
            }
        case "empty":
            return _("“%(operator)s:” needs a value: %(possible)s.") % words
        case "nobody":
            return _("“%(operator)s:%(value)s” is nobody and nothing here.") % words
        case "long":
            return _("The search is too long: only its beginning is looked for.")
        case _:
            return _("“%(operator)s:” cannot be “%(value)s”. Possible: %(possible)s.") % words


def possible(name: str) -> list[str]:
    """Return what an operator takes, or examples of it."""
    operator = OPERATORS.get(name)
    if operator is None:
        return []
    if operator.shape == "choice":
        return choices(operator)
    if operator.shape == "time":
        return ["<2h", ">1d", _("today"), "2026-11", "2026-11-01..2026-11-15"]
    if name == "kind":
        return [str(kind.name).lower() for kind in kinds]
    return {
        "assignee": [_("a name"), _("me"), _("none")],
        "from": [_("a name"), _("a mail address"), _("me")],
        "tag": [_("a tag")],
        "subject": [_("a word of the subject")],
    }.get(name, [_("a name"), _("none")])
