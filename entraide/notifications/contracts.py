"""Who is told that a contract comes to its end: the managers of its organisation, in the console."""

from __future__ import annotations

from typing import Any

from entraide.contracts.events import ContractEndTold
from entraide.contracts.models import ContractEntry
from entraide.core.clock import now
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.choices import preferences_of
from entraide.notifications.kinds import CONTRACT_ENDING
from entraide.notifications.models import Notification
from entraide.people.acting import actor_for
from entraide.people.models import Person
from entraide.people.rights import Role


@reacts_to(ContractEndTold)
def tell_of_end(entry: ContractEntry) -> None:
    """Tell each manager once; calling again tells nobody twice."""
    event: Any = entry.event
    contract = entry.contract
    people = _managers(contract)
    preferences = preferences_of(people, kind=CONTRACT_ENDING)
    notice = contract.notice_by if contract.ends_on == event.ends_on else None
    words = {"day": event.ends_on.isoformat(), "notice": (notice or event.ends_on).isoformat()}
    for person in people:
        columns = {
            "organisation_id": contract.organisation_id,
            "person": person,
            "contract": contract,
            "kind": CONTRACT_ENDING.code,
            "words": words,
            "template": "",
            "in_console": preferences[person.pk].in_console,
            "created_at": now(),
        }
        key = f"{CONTRACT_ENDING.code}:contract:{contract.pk}:{event.ends_on.isoformat()}:{person.pk}"
        Notification.objects.get_or_create(key=key, defaults=columns)


def _managers(contract: Any) -> list[Person]:
    with scoped(Scope.everything(reason="those who give support are of another organisation than the client")):
        found = Person.objects.filter(roles__role=Role.MANAGER, is_active=True).distinct().order_by("pk")
        people = list(found.select_related("organisation").prefetch_related("roles"))
    return [each for each in people if actor_for(each).may("contract.edit", contract)]
