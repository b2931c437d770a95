"""The operators of the search field and the values that are known beforehand; French names lead to the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

Shape = Literal["choice", "name", "time"]


@dataclass(frozen=True)
class Operator:
    """One operator: `choices` lead from what may be typed (folded) to what it means; `french` names come first."""

    name: str
    shape: Shape
    french: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    # What is offered while typing, in each language.
    offered: tuple[tuple[str, str], ...] = ()


def fold(text: str) -> str:
    """Return `text` in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _choices(*rows: tuple[str, str, str]) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Read rows of (meaning, English words, French words); the first word of each is the one offered."""
    known: dict[str, str] = {}
    for meaning, english, french in rows:
        for word in (meaning, *english.split(), *french.split()):
            known[fold(word)] = meaning
    return known, tuple((english.split()[0], french.split()[0]) for _meaning, english, french in rows)


def _choice(name: str, french: str, english: str, *rows: tuple[str, str, str]) -> Operator:
    known, offered = _choices(*rows)
    return Operator(name, "choice", tuple(french.split()), tuple(english.split()), known, offered)


OPERATORS: dict[str, Operator] = {
    each.name: each
    for each in (
        _choice(
            "is", "est", "",
            ("open", "open", "ouvert"), ("closed", "closed", "fermé clos"), ("new", "new", "nouveau"),
            ("waiting", "waiting onhold on-hold", "en-attente attente"), ("unassigned", "unassigned free", "non-assigné libre"),
            ("assigned", "assigned taken", "assigné pris"), ("resolved", "resolved solved", "résolu"),
            ("major", "major", "majeur"), ("late", "late missed", "en-retard retard"),
            ("mine", "mine me", "à-moi mien moi"), ("watched", "watched followed", "suivi"),
            ("reopened", "reopened", "rouvert"), ("unanswered", "unanswered", "sans-réponse"),
            ("handover", "handover", "à-accepter"), ("escalated", "escalated", "escaladé"), ("vip", "vip", "vip"),
            ("awaiting-approval", "awaiting-approval approval", "accord-attendu accord"),
            ("confidential", "confidential", "confidentiel"),
        ),
        Operator("org", "name", ("organisation", "client"), ("organization", "company")),
        Operator("site", "name", ("lieu",)),
        Operator("team", "name", ("équipe",)),
        _choice("level", "niveau", "", ("1", "N1", "N1"), ("2", "N2", "N2"), ("3", "N3", "N3")),
        _choice("priority", "priorité", "p prio", ("1", "P1", "P1"), ("2", "P2", "P2"), ("3", "P3", "P3"), ("4", "P4", "P4")),
        _choice(
            "status", "état statut", "state",
            ("new", "new", "nouveau"), ("in_progress", "in-progress progress", "en-cours"),
            ("waiting", "waiting onhold on-hold", "en-attente attente"), ("resolved", "resolved", "résolu"), ("closed", "closed", "fermé clos"),
        ),
        Operator("assignee", "name", ("assigné", "technicien"), ("assigned", "to")),
        Operator("from", "name", ("de", "demandeur"), ("requester", "by")),
        Operator("tag", "name", ("étiquette", "mot-clé"), ("tags",)),
        Operator("category", "name", ("catégorie", "cat")),
        Operator("form", "name", ("formulaire",)),
        _choice(
            "channel", "canal", "via",
            ("mail", "mail e-mail email", "courriel mail"), ("portal", "portal", "portail"), ("chat", "chat", "chat"),
            ("phone", "phone telephone", "téléphone"), ("desk", "desk", "support"), ("api", "api", "api"),
            ("form", "form contact-form", "formulaire"),
        ),
        # Which kinds there are is not known here: a room of its own may add one.
        Operator("kind", "name", ("type", "genre")),
        _choice(
            "has", "avec", "with",
            ("attachment", "attachment attachments file", "pièce-jointe pièces-jointes fichier"), ("tag", "tag tags", "étiquette"),
            ("note", "note notes", "note-interne"), ("third-party", "third-party third-parties", "tiers"), ("promise", "promise sla", "promesse engagement"),
        ),
        Operator("due", "time", ("échéance",), ("promise",)),
        Operator("opened", "time", ("ouvert", "créé"), ("created",)),
        Operator("updated", "time", ("modifié", "changé"), ("changed",)),
        Operator("subject", "name", ("objet", "sujet"), ("title",)),
    )
}  # fmt: skip
NAMES: dict[str, str] = {
    fold(alias): each.name for each in OPERATORS.values() for alias in (each.name, *each.french, *each.english)
}
FIELD = "field."
# What stands for a person without naming one.
ME = frozenset({"me", "mine", "moi"})
NOBODY = frozenset({"none", "nobody", "personne", "aucun"})


def operator_named(name: str) -> Operator | None:
    """Return the operator that `name` means, in whatever language and case, or None."""
    before, dot, code = name.partition(".")
    if dot:
        # A field of a form, by its code.
        return Operator(f"{FIELD}{code}", "name") if fold(before) in ("field", "champ") else None
    canonical = NAMES.get(fold(name))
    return OPERATORS[canonical] if canonical else None


def alike(name: str) -> tuple[str, ...]:
    """Return the operators whose names resemble a mistyped one."""
    near = get_close_matches(fold(name), NAMES, n=3, cutoff=0.6)
    return tuple(dict.fromkeys(NAMES[each] for each in near))
