"""Contracts: what a client buys, from when until when. Their every change is an entry."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from entraide.contracts.days import is_in_force, notice_by
from entraide.contracts.kinds import Period, types
from entraide.core.story import Entry, Story
from entraide.people.models import Person
from entraide.sla.models import Agreement


class ContractEntry(Entry):
    """One entry in the timeline of a contract."""

    story_field = "contract"

    contract = models.ForeignKey("Contract", on_delete=models.PROTECT, related_name="entries")

    class Meta(Entry.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "number"], name="one_contract_entry_of_a_number"),
        ]


class Contract(Story):
    """One contract with a client. Written by record() alone: call a verb in actions.py."""

    entry_model = ContractEntry

    reference = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=30)
    # An array rather than a table: replay compares it as one column. Empty: every site.
    site_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    starts_on = models.DateField()
    # The last day on which it holds.
    ends_on = models.DateField(null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(default=0)
    renewal_months = models.PositiveSmallIntegerField(null=True, blank=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="contracts")
    currency = models.CharField(max_length=3, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    price_period = models.CharField(max_length=10, choices=Period.choices, blank=True)
    contact = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    # For which end the managers were told.
    told_of_end_on = models.DateField(null=True, blank=True)

    class Meta(Story.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", Lower("reference"), name="one_contract_of_a_reference"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "starts_on"], name="contract_by_organisation"),
            models.Index(fields=["ends_on", "id"], name="contract_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    @property
    def type_name(self) -> str:
        return str(types.get(self.type).name) if self.type in types else self.type

    @property
    def notice_by(self) -> date | None:
        """The last day on which notice can be given, or None where there is no end."""
        return notice_by(self.ends_on, notice_days=self.notice_days) if self.ends_on else None

    def is_in_force(self, day: date) -> bool:
        """Tell whether it holds on `day`, a day of its organisation's calendar."""
        renews = self.renewal_months is not None
        return is_in_force(day, starts_on=self.starts_on, ends_on=self.ends_on, renews=renews)

    def covers(self, site_id: int | None) -> bool:
        """Tell whether it holds for this site; None: for no site in particular."""
        return not self.site_ids or site_id in self.site_ids
