"""Questions to the directory."""

from __future__ import annotations

from django.db.models import QuerySet

from entraide.core.scope import Scope, current_scope, scoped
from entraide.people.models import Level, MailAddress, Organisation, Person, Team
from entraide.people.rights import ROLE_RIGHTS, STAFF_ROLES


def person_with_address(email: str) -> Person | None:
    """Return whose address this is, within the scope."""
    address = MailAddress.objects.select_related("person__organisation").filter(email__iexact=email.strip()).first()
    return address.person if address else None


def organisation_of_address(email: str) -> Organisation | None:
    """Return the organisation whose mail domain this address has; a subdomain counts for its parent."""
    domain = email.rpartition("@")[2].strip().lower().rstrip(".")
    labels = domain.split(".")
    parents = [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
    found = Organisation.objects.filter(mail_domains__overlap=parents, is_active=True)
    # The most exact domain wins: it.example.ch before example.ch.
    ranked = sorted(found, key=lambda each: min(parents.index(d) for d in each.mail_domains if d in parents))
    return ranked[0] if ranked else None


def organisations_in_scope() -> QuerySet[Organisation]:
    """Return the active organisations that the scope reaches; the names of the others are nobody's to read."""
    reached = current_scope().organisations
    active = Organisation.objects.filter(is_active=True)
    return active if reached is None else active.filter(pk__in=reached)


def house() -> Organisation | None:
    """Return the organisation that runs this desk: the first that gives support."""
    return Organisation.objects.filter(supports=True, is_active=True).order_by("pk").first()


def default_team() -> Team | None:
    """Return the team that takes what no rule routes: the chosen one, else the first of N1."""
    return Team.objects.filter(is_active=True).order_by("-is_default", "level", "pk").first()


def technicians() -> list[Person]:
    """Return all active people who give support; of any organisation, since teams serve many."""
    with scoped(Scope.everything(reason="technicians are known to every organisation they serve")):
        found = Person.objects.filter(roles__role__in=STAFF_ROLES, is_active=True).distinct()
        return list(found.prefetch_related("teams"))


def people_who_may(right: str) -> list[Person]:
    """Return the active people one of whose roles has `right`, by name; of any organisation, as technicians."""
    roles = [role for role, rights in ROLE_RIGHTS.items() if right in rights]
    with scoped(Scope.everything(reason="technicians are known to every organisation they serve")):
        return list(Person.objects.filter(roles__role__in=roles, is_active=True).distinct().order_by("name"))


def level_of(person: Person) -> Level | None:
    """Return the highest level among this person's teams, or None."""
    levels = [team.level for team in person.teams.all() if team.is_active]
    return Level(max(levels)) if levels else None
