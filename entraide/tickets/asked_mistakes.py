"""What of a search could not be read, in sentences that say what is possible."""

from __future__ import annotations

from django.utils.translation import gettext as _

from entraide.tickets import asked_names
from entraide.tickets.asked import Asked, Condition, Mistake
from entraide.tickets.asked_conditions import Asker, time_of
from entraide.tickets.asked_operators import FIELD, ME, NOBODY, OPERATORS, fold
from entraide.tickets.asked_words import choices, shown_name
from entraide.tickets.kinds import kinds

# Tags and subjects are free words: any may be asked for.
FREE = frozenset({"tag", "subject"})


def mistakes(asked: Asked, asker: Asker) -> list[str]:
    """Return a sentence for each thing that could not be read or that nobody is called; a query for each name."""
    found = list(asked.mistakes)
    for part in (part for group in asked.groups for part in group):
        if isinstance(part, Condition):
            found += [mistake for value in part.values if (mistake := _mistake(part.operator, value, asker))]
    return list(dict.fromkeys(map(sentence, found)))


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
    """Return a mistake in words."""
    words = {
        "operator": shown_name(mistake.operator),
        "value": mistake.value,
        "possible": ", ".join(mistake.possible) or ", ".join(possible(mistake.operator)),
    }
    match mistake.code:
        case "operator":
            near = ", ".join(f"{shown_name(each)}:" for each in mistake.possible)
            if near:
                return _("There is no operator “%(name)s:”. Did you mean %(near)s?") % {
                    "name": mistake.operator, "near": near,
                }  # fmt: skip
            return _("There is no operator “%(name)s:”. To look for these words, put them in quotes.") % {
                "name": mistake.operator
            }
        case "empty":
            return _("“%(operator)s:” needs a value: %(possible)s.") % words
        case "nobody":
            if mistake.possible:
                return _("“%(operator)s:%(value)s” is nobody and nothing here. Did you mean %(possible)s?") % words
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
