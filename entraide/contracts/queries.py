"""What one can ask about contracts. Everything here is within the scope and within what the actor may see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast

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


def own_organisations(actor: Actor) -> set[int]:
    """Return the organisations whose contracts this actor sees because a role names just them, as client contacts do."""
    return {
        grant.organisation_id
        for grant in actor.granted
        if grant.right == "contract.see" and grant.organisation_id is not None
    }


def find(key: int, *, actor: Actor) -> Contract | None:
    """Return the contract with this key if the actor may see it."""
    return visible_to(actor).select_related(*AROUND).filter(pk=key).first() if key < 2**63 else None


def standing(contracts: QuerySet[Contract], which: str, *, at: datetime) -> QuerySet[Contract]:
    """Narrow to those `in_force`, `ending` (within ninety days), `to_come`, `current` (both) or `ended`; anything else: all.

    Each by the calendar of its organisation, as holding.py decides.
    """
    contracts, goes_on = _by_calendar(contracts, at=at)
    match which:
        case "in_force":
            return contracts.filter(goes_on, starts_on__lte=F("today"))
        case "ending":
            soon = ExpressionWrapper(F("today") + timedelta(days=ENDING_WITHIN_DAYS), output_field=DateField())
            return contracts.filter(goes_on, starts_on__lte=F("today"), ends_on__lte=soon)
        case "to_come":
            return contracts.filter(starts_on__gt=F("today"))
        case "current":
            return contracts.filter(goes_on)
        case "ended":
            return contracts.exclude(goes_on)
        case _:
            return contracts


def by_end(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    return contracts.order_by(F("ends_on").asc(nulls_last=True), "pk")


def newest_first(contracts: QuerySet[Contract], *, at: datetime) -> QuerySet[Contract]:
    """Return them by their first day, the newest first; those that have ended come after all others."""
    contracts, goes_on = _by_calendar(contracts, at=at)
    has_ended = Case(When(goes_on, then=False), default=True, output_field=BooleanField())
    return contracts.order_by(has_ended, "-starts_on", "-pk")


def _by_calendar(contracts: QuerySet[Contract], *, at: datetime) -> tuple[QuerySet[Contract], Q]:
    """Return them with `today`, which day it is where each is, and the condition of those that have not ended."""
    there = Func(F("organisation__time_zone"), Value(at), function="timezone", output_field=DateTimeField())
    goes_on = Q(ends_on=None) | Q(ends_on__gte=F("today")) | Q(renewal_months__isnull=False)
    return contracts.alias(today=Cast(there, DateField())), goes_on
