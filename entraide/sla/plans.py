"""From stored versions to the plans that clocks use."""

from __future__ import annotations

from functools import lru_cache

from entraide.sla.calendar import Calendar
from entraide.sla.models import AgreementVersion, CalendarVersion
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


def forget_versions() -> None:
    """Forget what was read: for tests, whose versions come and go."""
    plan_of.cache_clear()
    calendar_of.cache_clear()
