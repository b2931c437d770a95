"""What each operator of the search field is for, in words, with an example: for its help and what is offered while typing."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from entraide.tickets.asked_operators import OPERATORS, Operator

MEANINGS: dict[str, str | Promise] = {
    "is": _("how it stands"),
    "org": _("for which client"),
    "site": _("at which site"),
    "team": _("which team has it"),
    "level": _("at which level"),
    "priority": _("how urgent"),
    "status": _("in which state"),
    "assignee": _("who works on it"),
    "from": _("who asks, or for whom"),
    "tag": _("with which tag"),
    "category": _("about what; with everything under it"),
    "form": _("which form was asked"),
    "channel": _("how it came"),
    "kind": _("incident, request …"),
    "has": _("what it holds"),
    "due": _("when the next promise falls due"),
    "opened": _("when it was opened"),
    "updated": _("when something happened last"),
    "subject": _("words of its subject"),
}
# English and French, as one types them.
EXAMPLES: dict[str, tuple[str, str]] = {
    "is": ("is:unassigned", "est:non-assigné"),
    "org": ("org:helvetia", "client:helvetia"),
    "site": ("site:geneva", "lieu:genève"),
    "team": ("team:systems", "équipe:systèmes"),
    "level": ("level:N2", "niveau:N2"),
    "priority": ("p:1,2", "p:1,2"),
    "status": ("-status:waiting", "-état:en-attente"),
    "assignee": ("assignee:me", "assigné:moi"),
    "from": ("from:martin", "de:martin"),
    "tag": ("tag:vpn", "étiquette:vpn"),
    "category": ("category:network", "catégorie:réseau"),
    "form": ("form:arrival", "formulaire:arrivée"),
    "channel": ("channel:phone", "canal:téléphone"),
    "kind": ("kind:request", "type:demande"),
    "has": ("has:attachment", "avec:pièce-jointe"),
    "due": ("due:<2h", "échéance:<2h"),
    "opened": ("opened:>7d", "ouvert:>7j"),
    "updated": ("updated:today", "modifié:aujourd’hui"),
    "subject": ('subject:"out of order"', 'objet:"en panne"'),
}
TIMES: tuple[tuple[str, str, str | Promise], ...] = (
    ("<2h", "<2h", _("less than two hours away")),
    (">1d", ">1j", _("more than a day away")),
    ("<7d", "<7j", _("less than seven days away")),
    ("today", "aujourd’hui", _("from midnight to midnight")),
    ("yesterday", "hier", _("from midnight to midnight")),
)
LATE = ("late", "en-retard", _("missed"))


def is_french() -> bool:
    return (get_language() or "fr").startswith("fr")


def shown_name(name: str) -> str:
    """Return the name of an operator in the reader's language."""
    operator = OPERATORS.get(name)
    return operator.french[0] if operator and operator.french and is_french() else name


def choices(operator: Operator) -> list[str]:
    """Return the values that an operator offers in the reader's language."""
    return [french if is_french() else english for english, french in operator.offered]


def helped() -> list[dict[str, str]]:
    """Return the operators for the help beside the field: name, meaning, example."""
    return [
        {"name": f"{shown_name(name)}:", "means": str(means), "example": EXAMPLES[name][is_french()]}
        for name, means in MEANINGS.items()
    ]
