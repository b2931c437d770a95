"""From stored versions to the plans that clocks use, and which agreement holds for whom."""

from __future__ import annotations

from functools import lru_cache

from entraide.sla.calendar import Calendar
from entraide.sla.models import Agreement, AgreementAssignment, AgreementVersion, CalendarVersion
from entraide.sla.promises import Plan, read_targets

# Versions never change, so what was read once stays true; the bound is for memory.
VERSIONS_KEPT = 512


@lru_cache(maxsize=VERSIONS_KEPT)
def plan_of(version_id: int) -> Plan:
    """Return what this version of an agreement promises. Raises AgreementVersion.DoesNotExist."""
    version = AgreementVersion.objects.get(pk=version_id)
    document = version.document
    return Plan(
        id=version_id,
        targets=read_targets(document),
        calendars={int(key): calendar_of(number) for key, number in document["calendars"].items()},
        matrix=tuple(tuple(row) for row in document["matrix"]),
        vip_raise=document["vip_raise"],
        warn_percent=document["warn_percent"],
    )


@lru_cache(maxsize=VERSIONS_KEPT)
def calendar_of(version_id: int) -> Calendar:
    """Return the calendar of this version. Raises CalendarVersion.DoesNotExist."""
    return Calendar.from_json(CalendarVersion.objects.get(pk=version_id).document)


def agreement_for(organisation_id: int, *, site_id: int | None) -> Agreement | None:
    """Return the agreement that holds there: the site's, else the organisation's, else the default one."""
    assigned = AgreementAssignment.objects.filter(organisation_id=organisation_id, agreement__is_active=True)
    here = [each for each in assigned.select_related("agreement") if each.site_id in (None, site_id)]
    if here:
        # A site's own agreement comes before its organisation's.
        return max(here, key=lambda each: each.site_id is not None).agreement
    return Agreement.objects.filter(is_default=True, is_active=True).first()


def version_for(organisation_id: int, *, site_id: int | None) -> int | None:
    """Return the id of the agreement version in force for a ticket of this organisation and site, or None."""
    agreement = agreement_for(organisation_id, site_id=site_id)
    if agreement is None:
        return None
    return agreement.versions.order_by("-number").values_list("pk", flat=True).first()


def forget_versions() -> None:
    """Forget what was read: for tests, whose versions come and go."""
    plan_of.cache_clear()
    calendar_of.cache_clear()
