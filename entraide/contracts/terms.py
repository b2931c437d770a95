"""What a contract says: its terms as one value, and what may not be said."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django.utils.translation import gettext as _

from entraide.contracts.kinds import types
from entraide.contracts.models import Contract
from entraide.core.events import ERASED, Refused
from entraide.people.models import Person, Site
from entraide.sla.models import Agreement

LONGEST_NOTICE_DAYS, LONGEST_RENEWAL_MONTHS = 1095, 120
MONEY = ("price", "price_period", "currency")


@dataclass(frozen=True)
class Terms:
    """The terms of a contract. `site_ids` empty: every site; `ends_on` is the last day, None: open."""

    reference: str
    name: str
    type: str
    starts_on: date
    ends_on: date | None = None
    site_ids: tuple[int, ...] = ()
    notice_days: int = 0
    renewal_months: int | None = None
    agreement_id: int | None = None
    currency: str = ""
    price: Decimal | None = None
    price_period: str = ""
    contact_id: int | None = None
    note: str = ""

    @classmethod
    def of(cls, contract: Contract) -> Terms:
        said = {each.name: getattr(contract, each.name) for each in fields(cls)}
        return cls(**{**said, "site_ids": tuple(contract.site_ids)})

    def write_on(self, contract: Contract) -> None:
        for each in fields(self):
            setattr(contract, each.name, getattr(self, each.name))
        contract.site_ids = list(self.site_ids)

    def without_words(self) -> Terms:
        return replace(self, note=ERASED if self.note else "")

    def check(self, subject: Any, *, organisation_id: int) -> None:
        """Raise Refused, naming the field, when a contract of this organisation cannot say this."""
        if not self.reference.strip() or len(self.reference) > 60:
            raise Refused(_("Give the contract a reference of 60 characters at the most."), field="reference")
        if not self.name.strip() or len(self.name) > 200:
            raise Refused(_("Give the contract a name of 200 characters at the most."), field="name")
        if self.type not in types:
            raise Refused(_("Choose a type of contract."), field="type")
        self._check_time()
        self._check_money()
        self._check_links(organisation_id)
        others = Contract.objects.filter(organisation_id=organisation_id, reference__iexact=self.reference)
        if others.exclude(pk=subject.pk).exists():
            raise Refused(_("This organisation has a contract with this reference already."), field="reference")

    def _check_time(self) -> None:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise Refused(_("A contract cannot end before it begins."), field="ends_on")
        if not 0 <= self.notice_days <= LONGEST_NOTICE_DAYS:
            raise Refused(_("A notice period is between 0 and 1095 days."), field="notice_days")
        if self.renewal_months is None:
            return
        if not 1 <= self.renewal_months <= LONGEST_RENEWAL_MONTHS:
            raise Refused(_("A contract is renewed for 1 to 120 months."), field="renewal_months")
        if self.ends_on is None:
            raise Refused(_("Only a contract that ends can be renewed: give its last day."), field="ends_on")

    def _check_money(self) -> None:
        if self.price is None:
            return
        if not 0 <= self.price < Decimal("1e10") or self.price != round(self.price, 2):
            raise Refused(_("Write a price with two decimals at the most."), field="price")
        if self.currency not in list_currencies():
            raise Refused(_("This is not a currency; write its three letters, as in CHF."), field="currency")
        if self.price_period not in types.get(self.type).periods:
            raise Refused(_("A contract of this type is not priced like that."), field="price_period")

    def _check_links(self, organisation_id: int) -> None:
        sites = Site.objects.filter(organisation_id=organisation_id, pk__in=self.site_ids)
        if sites.count() != len(set(self.site_ids)):
            raise Refused(_("A contract covers sites of its own organisation only."), field="site_ids")
        contact = Person.objects.filter(organisation_id=organisation_id, pk=self.contact_id or 0)
        if self.contact_id is not None and not contact.exists():
            raise Refused(_("The contact is somebody of the client."), field="contact_id")
        if self.agreement_id is not None and not Agreement.objects.filter(pk=self.agreement_id).exists():
            raise Refused(_("Choose an agreement that exists."), field="agreement_id")
