"""Which types of contract there are, and by what each of them is priced."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.core.registry import Registry


class Period(models.TextChoices):
    """What one price pays for."""

    MONTH = "month", _("per month")
    QUARTER = "quarter", _("per quarter")
    YEAR = "year", _("per year")
    INCIDENT = "incident", _("per incident")
    HOUR = "hour", _("per hour")
    DAY = "day", _("per day")


@dataclass(frozen=True)
class ContractType:
    """One type; `periods` are those that its price may be for."""

    code: str
    name: str | Promise
    periods: tuple[str, ...]


types: Registry[ContractType] = Registry("types of contract")

FLAT_FEE = types.register(ContractType("flat_fee", _("Flat fee"), (Period.MONTH, Period.QUARTER, Period.YEAR)))
PER_INCIDENT = types.register(ContractType("per_incident", _("Per incident"), (Period.INCIDENT,)))
MANAGED = types.register(
    ContractType("managed_services", _("Managed services"), (Period.MONTH, Period.QUARTER, Period.YEAR))
)
TIME_AND_MATERIAL = types.register(ContractType("time_and_material", _("Time and material"), (Period.HOUR, Period.DAY)))
