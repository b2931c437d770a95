"""Escalation rules in words: one sentence for a whole rule, and the name of everybody who can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from entraide.agent.agreement_words import promise_name
from entraide.automation.models import Rota, Trigger
from entraide.core.scope import Scope, scoped
from entraide.people.models import Level, Organisation, Person, Team
from entraide.people.rights import STAFF_ROLES, Role
from entraide.sla.durations import say_duration
from entraide.sla.metrics import METRICS
from entraide.tickets.kinds import kinds

ROLES = (Role.COORDINATOR, Role.MANAGER, Role.SECURITY_OFFICER)
# Whoever answers tickets; an administrator does not see them.
ANSWERING = STAFF_ROLES - {Role.ADMINISTRATOR}
NAMED_AT_MOST = 3

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Names:
    """Whom and what rules speak of; `recipient` says who a code stands for."""

    recipient: Callable[[str], str]
    organisations: Mapping[int, str]
    teams: Mapping[int, str]


def recipient_choices() -> list[tuple[str, Choices]]:
    """Return everybody who can be told, as (code, words) in groups; the last group are the people by name."""
    rotas = Rota.objects.filter(is_active=True)
    return [
        (_("By role"), [(f"role:{role}", _role_words(role)) for role in ROLES]),
        (
            _("Around the ticket"),
            [("assignee", _("whoever has the ticket")), ("team:ticket", _("the ticket's team"))],
        ),
        (_("Teams"), [(f"team:{each.pk}", _team_words(each)) for each in Team.objects.filter(is_active=True)]),
        (
            _("On call"),
            [
                *((f"rota:level:{level}", _("whoever is on call at N%(level)d") % {"level": level}) for level in Level),
                *((f"rota:{each.pk}", _rota_words(each)) for each in rotas),
            ],
        ),
        (_("By name"), [(f"person:{each.pk}", each.name) for each in answering_people()]),
    ]


def answering_people() -> list[Person]:
    """Return the people of the desk who answer tickets, by name."""
    with scoped(Scope.everything(reason="technicians are known to every organisation they serve")):
        found = Person.objects.filter(roles__role__in=ANSWERING, is_active=True).distinct()
        return list(found.order_by("name", "pk"))


def recipient_names(codes: Iterable[str]) -> Callable[[str], str]:
    """Return what says who a code stands for; those of `codes` who can no longer be chosen are known, too."""
    known = dict(pair for _group, choices in recipient_choices() for pair in choices)
    gone = {code for code in codes if code not in known}
    known |= _gone_words(gone)
    return lambda code: known.get(code, code)


def names_in(documents: Sequence[Mapping[str, Any]]) -> Names:
    """Return the names of everybody and everything that these rules speak of."""
    organisations = {key for each in documents for key in each["organisation_ids"]}
    teams = {key for each in documents for key in each["team_ids"]}
    return Names(
        recipient=recipient_names(code for each in documents for code in each["recipients"]),
        organisations=dict(Organisation.objects.filter(pk__in=organisations).values_list("pk", "name")),
        teams=dict(Team.objects.filter(pk__in=teams).values_list("pk", "name")),
    )


def rule_sentence(fields: Mapping[str, Any], *, names: Names) -> str:
    """Return a whole rule as one sentence; `fields` are those of EscalationRule by name."""
    parts = {
        "when": _when(fields),
        "conditions": ", ".join(_conditions(fields, names)),
        "people": _listed([names.recipient(code) for code in fields["recipients"]]),
    }
    told = (
        _("%(when)s, for %(conditions)s: tell %(people)s")
        if parts["conditions"]
        else _("%(when)s: tell %(people)s")
    ) % parts  # fmt: skip
    return _("%(sentence)s, by mail, too") % {"sentence": told} if fields["by_mail"] else told


def promise_choices() -> Choices:
    """Return every promise, each metric, and each level of those that are promised level by level."""
    choices = [("", _("Every promise"))]
    for code, metric in METRICS.items():
        choices.append((code, promise_name(code, 0)))
        if metric.is_internal:
            choices += [(f"{code}:{level}", promise_name(code, level)) for level in metric.levels]
    return choices


def _gone_words(codes: set[str]) -> dict[str, str]:
    """Return who the codes stand for that nobody can choose any more, as far as it is known."""
    keys: dict[str, set[int]] = {"team": set(), "rota": set(), "person": set()}
    for code in codes:
        what, _colon, which = code.partition(":")
        if what in keys and which.isdecimal():
            keys[what].add(int(which))
    people: dict[int, str] = {}
    if keys["person"]:
        with scoped(Scope.everything(reason="a rule names people of the house")):
            people = dict(Person.objects.filter(pk__in=keys["person"]).values_list("pk", "name"))
    return {
        **{f"team:{each.pk}": _team_words(each) for each in _with_keys(Team, keys["team"])},
        **{f"rota:{each.pk}": _rota_words(each) for each in _with_keys(Rota, keys["rota"])},
        **{f"person:{key}": name for key, name in people.items()},
    }


def _with_keys(model: Any, keys: set[int]) -> Any:
    return model.objects.filter(pk__in=keys) if keys else ()


def _rota_words(rota: Rota) -> str:
    return _("whoever is on call in “%(rota)s”") % {"rota": rota.name}


def _role_words(role: Role) -> str:
    return {
        Role.COORDINATOR: _("the coordinator"),
        Role.MANAGER: _("the support manager"),
        Role.SECURITY_OFFICER: _("the security officer"),
    }[role]


def _team_words(team: Team) -> str:
    return _("team %(team)s (N%(level)d)") % {"team": team.name, "level": team.level}


def _when(fields: Mapping[str, Any]) -> str:
    metric, _colon, level = fields["metric"].partition(":")
    promise = promise_name(metric, int(level or 0)) if metric else ""
    facts = {"percent": fields["percent"], "promise": promise, "span": _span(fields)}
    if fields["trigger"] == Trigger.PERCENT:
        if not promise:
            return _("When %(percent)d %% of any promise is used up") % facts
        return _("When %(percent)d %% of “%(promise)s” is used up") % facts
    if fields["trigger"] == Trigger.MISSED:
        return _("When “%(promise)s” is missed") % facts if promise else _("When any promise is missed")
    return {
        Trigger.UNASSIGNED: _("When nobody has taken the ticket for %(span)s"),
        Trigger.UNACCEPTED: _("When a handover has not been answered for %(span)s"),
        Trigger.SILENT: _("When the requester has been waiting for an answer for %(span)s"),
    }[fields["trigger"]] % facts


def _span(fields: Mapping[str, Any]) -> str:
    length = say_duration(fields["minutes"])
    return _("%(length)s of open time") % {"length": length} if fields["in_coverage"] else length


def _conditions(fields: Mapping[str, Any], names: Names) -> list[str]:
    named = sorted(names.organisations.get(key, f"#{key}") for key in fields["organisation_ids"])
    named += sorted(names.teams.get(key, f"#{key}") for key in fields["team_ids"])
    rest = len(named) - NAMED_AT_MOST
    return [
        *_ranges("P", fields["priorities"]),
        *_ranges("N", fields["levels"]),
        *(str(kinds.get(code).name) if code in kinds else code for code in fields["kinds"]),
        *named[:NAMED_AT_MOST],
        *([_("%(n)d more") % {"n": rest}] if rest > 0 else []),
    ]


def _ranges(letter: str, numbers: Sequence[int]) -> list[str]:
    """Return "P1–P2" for neighbours, one by one otherwise."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [f"{letter}{run[0]}" if len(run) == 1 else f"{letter}{run[0]}–{letter}{run[-1]}" for run in runs]


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
