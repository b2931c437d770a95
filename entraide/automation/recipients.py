"""From what a rule says to people: by role, team, assignment, rota or name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _

from entraide.automation.duty import away_of, shifts_of
from entraide.automation.models import Rota
from entraide.automation.rota import Away, on_call
from entraide.automation.rules import Facts
from entraide.core.actor import Actor
from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for
from entraide.people.models import Person, Team
from entraide.people.rights import STAFF_ROLES, Role
from entraide.tickets.models import Ticket


@dataclass(frozen=True)
class Told:
    """Whom a rule reaches; `is_fallback`: none of those it names, so the coordinators instead."""

    person_ids: tuple[int, ...]
    on_call_ids: tuple[int, ...]
    is_fallback: bool = False


class Directory:
    """Everybody who can be told, read once for a sweep or a dry run."""

    def told(
        self, recipients: Iterable[str], facts: Facts, ticket: Ticket, *, at: datetime, is_past: bool = False
    ) -> Told:
        """Return who is told of `ticket` as it stood in `facts`.

        Only active people who may read what is internal to it. With `is_past`, absences of today do not count.
        """
        chosen: list[int] = []
        on_duty: list[int] = []
        for each in recipients:
            found = self._people(each, facts, at=at, is_past=is_past)
            chosen += found
            if each.startswith("rota:"):
                on_duty += found
        reached = self._readers(chosen, ticket)
        if reached:
            return Told(reached, tuple(each for each in reached if each in on_duty))
        # A rota without people, a team that emptied: silence would be the one thing nobody wanted.
        instead = self._readers(self._with_role(Role.COORDINATOR, facts), ticket)
        # Where nobody is on call they stand in for it, and are woken like it.
        woken = instead if any(each.startswith("rota:") for each in recipients) else ()
        return Told(instead, woken, is_fallback=True)

    def name(self, person_id: int) -> str:
        person = self._staff.get(person_id)
        return person.name if person else _("somebody")

    def _people(self, recipient: str, facts: Facts, *, at: datetime, is_past: bool) -> list[int]:
        what, _colon, which = recipient.partition(":")
        match what:
            case "role":
                return self._with_role(which, facts)
            case "team":
                team_id = facts.team_id if which == "ticket" else int(which)
                return self._teams[team_id] if team_id is not None else []
            case "assignee":
                return [facts.assignee_id] if facts.assignee_id is not None else []
            case "rota":
                return self._on_call(which, at=at, is_past=is_past)
            case _:
                return [int(which)]

    def _with_role(self, role: str, facts: Facts) -> list[int]:
        return [
            person.pk
            for person in self._staff.values()
            if any(
                grant.role == role and grant.organisation_id in (None, facts.organisation_id)
                for grant in person.roles.all()
            )
        ]

    def _on_call(self, which: str, *, at: datetime, is_past: bool) -> list[int]:
        """Return who is on call in one rota, or with "level:2" in each of that level."""
        _level, is_level, level = which.partition("level:")
        meant = [rota for rota in self._rotas if (rota.level == int(level) if is_level else rota.pk == int(which))]
        found = [on_call(shifts_of(rota), at, away=self._away_in_past if is_past else self._away) for rota in meant]
        return [person for person in found if person is not None]

    def _readers(self, person_ids: Iterable[int], ticket: Ticket) -> tuple[int, ...]:
        return tuple(
            each
            for each in dict.fromkeys(person_ids)
            if each in self._staff and self._actors[each].may("ticket.see_internal", ticket)
        )

    @cached_property
    def _staff(self) -> dict[int, Person]:
        with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
            found = (
                Person.objects.filter(roles__role__in=STAFF_ROLES, is_active=True)
                .select_related("organisation")
                .prefetch_related("roles", "teams")
                .order_by("pk")
                .distinct()
            )
            return {person.pk: person for person in found}

    @cached_property
    def _actors(self) -> dict[int, Actor]:
        return {key: actor_for(person) for key, person in self._staff.items()}

    @cached_property
    def _teams(self) -> dict[int, list[int]]:
        teams: dict[int, list[int]] = defaultdict(list)
        for person in self._staff.values():
            for team in person.teams.all():
                teams[team.pk].append(person.pk)
        return teams

    @cached_property
    def _rotas(self) -> list[Rota]:
        return list(Rota.objects.filter(is_active=True).prefetch_related("overrides"))

    @cached_property
    def _away(self) -> Away:
        return away_of(self._on_duty)

    @cached_property
    def _away_in_past(self) -> Away:
        return away_of(self._on_duty, ignoring_absence=True)

    @property
    def _on_duty(self) -> set[int]:
        overriding = {each.person_id for rota in self._rotas for each in rota.overrides.all()}
        return overriding.union(*(rota.person_ids for rota in self._rotas))


def words(code: str) -> str:
    """Return who a recipient's code stands for, whether or not they can still be chosen."""
    what, _colon, which = code.partition(":")
    match what:
        case "role":
            return str(Role(which).label)
        case "assignee":
            return _("whoever has the ticket")
        case "team" if which == "ticket":
            return _("the ticket's team")
        case "team":
            return Team.objects.filter(pk=int(which)).values_list("name", flat=True).first() or _("a team that is gone")
        case "rota" if which.startswith("level:"):
            return _("whoever is on call at N%(level)d") % {"level": int(which.removeprefix("level:"))}
        case "rota":
            rota = Rota.objects.filter(pk=int(which)).first()
            return _("whoever is on call in “%(rota)s”") % {"rota": rota.name} if rota else _("a rota that is gone")
        case _:
            with scoped(Scope.everything(reason="those who give support are named to whoever edits the rules")):
                name = Person.objects.filter(pk=int(which)).values_list("name", flat=True).first()
            return name or _("somebody who is gone")
