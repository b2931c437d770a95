"""What one can ask about contracts. Everything here is within the scope and within what the actor may see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from entraide.contracts.models import Contract
from entraide.core.actor import Actor

ENDING_WITHIN_DAYS = 90
AROUND = ("organisation", "agreement", "contact")


def visible_to(actor: Actor) -> QuerySet[Contract]:
    """Return the contracts that this actor may see: of all organisations, or of those that their roles name."""
    contracts: QuerySet[Contract] = Contract.objects.all()
    if actor.kind == "system":
        return contracts
    where: set[Any] = {
        grant.organisation_id for grant in actor.granted if grant.right == "contract.see" and grant.reach == "any"
    }
    return contracts if None in where else contracts.filter(organisation_id__in=where)


def find(key: int, *, actor: Actor) -> Contract | None:
    """Return the contract with this key if the actor may see it."""
    return visible_to(actor).select_related(*AROUND).filter(pk=key).first() if key < 2**63 else None


def standing(contracts: QuerySet[Contract], which: str, *, at: datetime) -> QuerySet[Contract]:
    """Narrow to those `in_force`, `ending` (within ninety days), `to_come`, `current` (both) or `ended`; anything else: all."""
    day = at.date()
    goes_on = Q(ends_on=None) | Q(ends_on__gte=day) | Q(renewal_months__isnull=False)
    match which:
        case "in_force":
            return contracts.filter(goes_on, starts_on__lte=day)
        case "ending":
            soon = day + timedelta(days=ENDING_WITHIN_DAYS)
            return contracts.filter(goes_on, starts_on__lte=day, ends_on__lte=soon)
        case "to_come":
            return contracts.filter(starts_on__gt=day)
        case "current":
            return contracts.filter(goes_on)
        case "ended":
            return contracts.exclude(goes_on)
        case _:
            return contracts


def by_end(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    return contracts.order_by(F("ends_on").asc(nulls_last=True), "pk")
