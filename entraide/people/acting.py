"""From a person to what they may do and whose data they may see."""

from __future__ import annotations

from entraide.core.actor import Actor, Granted
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person, RoleGrant
from entraide.people.rights import ROLE_RIGHTS, STAFF_ROLES, Role


def actor_for(person: Person) -> Actor:
    """Return this person as an actor, with the rights of their roles.

    Everybody is a requester in their own organisation.
    """
    granted = set(_rights_of(Role.REQUESTER, person.organisation_id))
    for grant in _grants(person):
        granted |= _rights_of(grant.role, grant.organisation_id)
    return Actor("person", person_id=person.pk, label="", granted=frozenset(granted))


def scope_for(person: Person) -> Scope:
    """Return the organisations whose data this person's roles reach; their own is always among them."""
    organisations, gives_support = {person.organisation_id}, False
    for grant in _grants(person):
        if grant.organisation_id is None:
            if grant.role in STAFF_ROLES:
                return Scope.everything(reason=f"the role {grant.role} covers every organisation")
        else:
            organisations.add(grant.organisation_id)
            gives_support = gives_support or grant.role in STAFF_ROLES
    if gives_support:
        return Scope.among(organisations, reason="the organisations of this person's roles")
    return Scope.walled(organisations, reason="the organisations of a requester or a client's contact")


def is_staff(person: Person) -> bool:
    """Tell whether this person gives support."""
    return any(grant.role in STAFF_ROLES for grant in _grants(person))


def find_person(person_id: int) -> Person | None:
    """Return a person of any organisation by id: for sign-in and jobs, which know no organisation yet."""
    with scoped(Scope.everything(reason="who a person is comes before what they may see")):
        return Person.objects.select_related("organisation").prefetch_related("roles").filter(pk=person_id).first()


def _grants(person: Person) -> list[RoleGrant]:
    return list(person.roles.all())


def _rights_of(role: str, organisation_id: int | None) -> set[Granted]:
    # A role over "all organisations" makes sense for staff only; a client's role without one reaches nothing.
    if organisation_id is None and role not in STAFF_ROLES:
        return set()
    return {Granted(right, reach, organisation_id) for right, reach in ROLE_RIGHTS[role].items()}
