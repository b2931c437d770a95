"""Which agreement holds where: by contract, by assignment, or the default. The one place that decides it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from entraide.contracts.models import Contract
from entraide.core.clock import now
from entraide.people.models import Organisation
from entraide.sla.models import Agreement, AgreementAssignment


@dataclass(frozen=True)
class Holding:
    """What may hold at one instant, read once: for one organisation, or for all in scope."""

    contracts: tuple[Contract, ...]
    assignments: tuple[AgreementAssignment, ...]
    default: Agreement | None

    @classmethod
    def read(cls, *, at: datetime | None = None, organisation_id: int | None = None) -> Holding:
        instant = at or now()
        only = {} if organisation_id is None else {"organisation_id": organisation_id}
        assignments = AgreementAssignment.objects.filter(agreement__is_active=True, **only)
        return cls(
            tuple(in_force(Contract.objects.filter(**only), at=instant)),
            tuple(assignments.select_related("agreement")),
            Agreement.objects.filter(is_default=True, is_active=True).first(),
        )

    def agreement(self, organisation_id: int, site_id: int | None) -> Agreement | None:
        """Return the agreement that holds there.

        The contract's that covers the site and has an active one; else the site's own assignment, else the
        organisation's, else the default.
        """
        contract = self.contract(organisation_id, site_id, with_agreement=True)
        if contract is not None:
            return contract.agreement
        here = [a for a in self.assignments if a.organisation_id == organisation_id and a.site_id in (None, site_id)]
        if here:
            return max(here, key=lambda each: each.site_id is not None).agreement
        return self.default

    def contract(self, organisation_id: int, site_id: int | None, *, with_agreement: bool = False) -> Contract | None:
        """Return the contract in force there; one that decides which agreement holds comes before one that does not."""
        here = [c for c in self.contracts if c.organisation_id == organisation_id and c.covers(site_id)]
        if with_agreement:
            here = [each for each in here if _decides(each)]
        return max(here, key=lambda each: (_decides(each), *precedence(each)), default=None)

    def covered_by(self, agreement: Agreement) -> Q:
        """Return the condition of a ticket for whose place this agreement holds: the same decision, as SQL."""
        named = {(a.organisation_id, a.site_id) for a in self.assignments if a.site_id is not None}
        named |= {(c.organisation_id, site) for c in self.contracts for site in c.site_ids}
        known = {each.organisation_id for each in (*self.contracts, *self.assignments)}
        sites = [site for organisation, site in named if self.agreement(organisation, site) == agreement]
        # A site that nothing names is decided like no site at all.
        whole = [organisation for organisation in known if self.agreement(organisation, None) == agreement]
        elsewhere = Q(site=None) | ~Q(site_id__in=[site for _organisation, site in named])
        covered = Q(site_id__in=sites) | (Q(organisation_id__in=whole) & elsewhere)
        if self.default == agreement:
            covered |= ~Q(organisation_id__in=known)
        return covered


def agreement_for(organisation_id: int, *, site_id: int | None, at: datetime | None = None) -> Agreement | None:
    """Return the agreement that holds for a place at an instant (now, unless told otherwise)."""
    return Holding.read(at=at, organisation_id=organisation_id).agreement(organisation_id, site_id)


def version_for(organisation_id: int, *, site_id: int | None) -> int | None:
    """Return the id of the agreement version in force for a ticket of this organisation and site, or None."""
    agreement = agreement_for(organisation_id, site_id=site_id)
    if agreement is None:
        return None
    return agreement.versions.order_by("-number").values_list("pk", flat=True).first()


def contract_for(organisation_id: int, *, site_id: int | None) -> Contract | None:
    """Return the contract in force for a place now, or None."""
    return Holding.read(organisation_id=organisation_id).contract(organisation_id, site_id)


def in_force(contracts: Any, *, at: datetime) -> list[Contract]:
    """Return those of `contracts` that hold at `at`, each by the calendar of its organisation."""
    day = at.date()
    # No zone is further away than a day: the exact day is judged below.
    near = contracts.filter(starts_on__lte=day + timedelta(days=1)).filter(
        Q(ends_on=None) | Q(ends_on__gte=day - timedelta(days=1)) | Q(renewal_months__isnull=False)
    )
    rows: Iterable[Contract] = near.select_related("agreement", "organisation").order_by("pk")
    return [each for each in rows if each.is_in_force(day_at(each.organisation, at))]


def day_at(organisation: Organisation, instant: datetime) -> date:
    """Return which day it is for an organisation."""
    return instant.astimezone(ZoneInfo(organisation.time_zone)).date()


def precedence(contract: Contract) -> tuple[bool, date, int]:
    """Return the order of contracts that hold at once: by name of the site, then the newer, then the later written."""
    return bool(contract.site_ids), contract.starts_on, contract.pk


def overlapping(contract: Contract) -> list[Contract]:
    """Return the contracts that buy another agreement for one of the same places at the same time."""
    if contract.agreement is None or not contract.agreement.is_active:
        return []
    others = Contract.objects.filter(organisation_id=contract.organisation_id).exclude(pk=contract.pk)
    rows = others.exclude(agreement=contract.agreement).select_related("agreement", "organisation")
    return [each for each in rows if _decides(each) and _meet(each, contract)]


def _meet(one: Contract, other: Contract) -> bool:
    in_time = one.starts_on <= _last(other) and other.starts_on <= _last(one)
    at_a_place = not one.site_ids or not other.site_ids or bool(set(one.site_ids) & set(other.site_ids))
    return in_time and at_a_place


def _last(contract: Contract) -> date:
    goes_on = contract.ends_on is None or contract.renewal_months is not None
    return date.max if goes_on or contract.ends_on is None else contract.ends_on


def _decides(contract: Contract) -> bool:
    return contract.agreement is not None and contract.agreement.is_active
