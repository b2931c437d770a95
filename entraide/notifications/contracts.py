"""Who is told that a contract comes to its end: the managers of its organisation, once for each end."""

from __future__ import annotations

from typing import Any

from entraide.contracts.events import ContractEndTold
from entraide.contracts.models import ContractEntry
from entraide.core.reactions import reacts_to
from entraide.core.scope import Scope, scoped
from entraide.notifications.choices import preferences_of
from entraide.notifications.kinds import CONTRACT_ENDING
from entraide.notifications.news import readers
from entraide.notifications.telling import keep
from entraide.people.models import Person
from entraide.people.rights import Role


@reacts_to(ContractEndTold)
def tell_of_end(entry: ContractEntry) -> None:
    """Tell each manager by the channels they chose; calling again tells nobody twice."""
    event: Any = entry.event
    contract = entry.contract
    if contract.ends_on != event.ends_on:
        # Renewed or ended between the telling and this job: it is told of its new end in its time.
        return
    words = {"day": str(event.ends_on), "renews": contract.renewal_months}
    if contract.notice_days:
        words["notice"] = str(contract.notice_by)
    people = readers(_managers(), contract)
    preferences = preferences_of(people, kind=CONTRACT_ENDING)
    for person in people:
        columns = {
            "organisation_id": contract.organisation_id,
            "contract": contract,
            "kind": CONTRACT_ENDING.code,
            "words": words,
            "template": CONTRACT_ENDING.template,
        }
        key = f"{CONTRACT_ENDING.code}:contract:{contract.pk}:{event.ends_on.isoformat()}:{person.pk}"
        keep(key, columns, person=person, preference=preferences[person.pk])


def _managers() -> list[int]:
    with scoped(Scope.everything(reason="those who give support are of another organisation than the client")):
        return list(Person.objects.filter(roles__role=Role.MANAGER).values_list("pk", flat=True))
