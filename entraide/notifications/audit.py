"""Who is told that the audit does not hold: administrators and security officers, once for each place where it breaks."""

from __future__ import annotations

from entraide.audit.models import Verification
from entraide.core.scope import Scope, scoped
from entraide.notifications.choices import preferences_of
from entraide.notifications.kinds import AUDIT_BROKEN
from entraide.notifications.news import readers
from entraide.notifications.telling import keep
from entraide.people.models import Person
from entraide.people.rights import Role


def tell_that_it_broke(found: Verification) -> None:
    """Tell each of them by the channels they chose; calling again, or another verification that finds the same, tells nobody twice."""
    people = readers(_who_answers(), found)
    preferences = preferences_of(people, kind=AUDIT_BROKEN)
    for person in people:
        columns = {
            "organisation_id": person.organisation_id,
            "verification": found,
            "kind": AUDIT_BROKEN.code,
            "words": {"message": found.reason},
            "template": AUDIT_BROKEN.template,
            "is_urgent": True,
        }
        key = f"{AUDIT_BROKEN.code}:{found.broken_at}:{found.head[:16]}:{person.pk}"
        keep(key, columns, person=person, preference=preferences[person.pk])


def _who_answers() -> list[int]:
    roles = (Role.ADMINISTRATOR, Role.SECURITY_OFFICER)
    with scoped(Scope.everything(reason="those who answer for the desk may be of any organisation")):
        return list(Person.objects.filter(roles__role__in=roles).distinct().values_list("pk", flat=True))
