"""What can happen to a contract."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from entraide.contracts.days import add_months
from entraide.contracts.models import Contract
from entraide.contracts.names import Names, day, money, type_name
from entraide.contracts.terms import MONEY, Terms
from entraide.core.actor import Actor
from entraide.core.events import PERSONAL, Conflict, Event, Moment, Refused, event

FIELDS = {
    "reference": gettext_lazy("reference"), "name": gettext_lazy("name"), "type": gettext_lazy("type"),
    "starts_on": gettext_lazy("first day"), "ends_on": gettext_lazy("last day"), "site_ids": gettext_lazy("sites"),
    "notice_days": gettext_lazy("notice"), "renewal_months": gettext_lazy("renewal"),
    "agreement_id": gettext_lazy("agreement"), "contact_id": gettext_lazy("contact"), "note": gettext_lazy("note"),
}  # fmt: skip


@event
@dataclass(frozen=True)
class ContractSigned(Event):
    """A contract with a client came into being."""

    kind: ClassVar[str] = "contract_signed"
    right: ClassVar[str] = "contract.edit"

    organisation_id: int
    terms: Terms

    def check(self, subject: Contract, actor: Actor) -> None:
        self.terms.check(subject, organisation_id=self.organisation_id)

    def apply(self, subject: Contract, moment: Moment) -> None:
        subject.organisation_id = self.organisation_id
        self.terms.write_on(subject)

    def describe(self, names: Names) -> str:
        return _("wrote the contract: from %(start)s, last day %(end)s") % {
            "start": day(self.terms.starts_on), "end": day(self.terms.ends_on),
        }  # fmt: skip

    def is_public(self) -> bool:
        return True

    def erase(self) -> Self:
        return replace(self, terms=self.terms.without_words())


@event
@dataclass(frozen=True)
class ContractChanged(Event):
    """Somebody changed what the contract says, having seen `before`."""

    kind: ClassVar[str] = "contract_changed"
    right: ClassVar[str] = "contract.edit"

    before: Terms
    after: Terms

    def check(self, subject: Contract, actor: Actor) -> None:
        if Terms.of(subject) != self.before:
            raise Conflict(_("Somebody else has just changed this contract. Look again, then save."))
        if self.after == self.before:
            raise Refused(_("Nothing was changed."))
        self.after.check(subject, organisation_id=subject.organisation_id)

    def apply(self, subject: Contract, moment: Moment) -> None:
        self.after.write_on(subject)

    def describe(self, names: Names) -> str:
        before, after = self.before, self.after
        said = [
            _("%(field)s: %(before)s → %(after)s")
            % {
                "field": FIELDS[each.name],
                "before": _words(each.name, getattr(before, each.name), names),
                "after": _words(each.name, getattr(after, each.name), names),
            }
            for each in fields(Terms)
            if each.name in FIELDS and getattr(before, each.name) != getattr(after, each.name)
        ]
        if any(getattr(before, name) != getattr(after, name) for name in MONEY):
            prices = [money(each.price, each.currency, each.price_period) for each in (before, after)]
            said.append(
                _("price: %(before)s → %(after)s") % {"before": prices[0], "after": prices[1]}
                if names.shows_money
                else _("price")
            )
        return _("changed %(changes)s") % {"changes": "; ".join(said)}

    def erase(self) -> Self:
        return replace(self, before=self.before.without_words(), after=self.after.without_words())


@event
@dataclass(frozen=True)
class ContractRenewed(Event):
    """The contract goes on until `ends_on`: by itself on its last day, or because somebody renewed it."""

    kind: ClassVar[str] = "contract_renewed"
    right: ClassVar[str] = "contract.edit"

    from_ends_on: date
    ends_on: date
    is_automatic: bool = False

    def check(self, subject: Contract, actor: Actor) -> None:
        if subject.ends_on is None:
            raise Refused(_("This contract has no end: there is nothing to renew."), field="ends_on")
        if subject.ends_on != self.from_ends_on:
            raise Conflict(_("Somebody else has just changed the end of this contract. Look again."), field="ends_on")
        if self.ends_on <= subject.ends_on:
            raise Refused(_("The new last day comes after the present one."), field="ends_on")
        if self.is_automatic:
            months = subject.renewal_months
            if months is None or add_months(subject.ends_on, months) != self.ends_on:
                raise Conflict(_("This contract is not renewed by itself any more."))

    def apply(self, subject: Contract, moment: Moment) -> None:
        subject.ends_on = self.ends_on

    def describe(self, names: Names) -> str:
        words = _("renewed the contract by itself until %(end)s") if self.is_automatic else _("renewed the contract until %(end)s")  # fmt: skip
        return words % {"end": day(self.ends_on)}

    def is_public(self) -> bool:
        return True


@event
@dataclass(frozen=True)
class ContractEnded(Event):
    """The contract was given notice: it ends on `ends_on` and is not renewed."""

    kind: ClassVar[str] = "contract_ended"
    right: ClassVar[str] = "contract.edit"

    ends_on: date
    reason: str = field(default="", metadata=PERSONAL)

    def check(self, subject: Contract, actor: Actor) -> None:
        if not self.reason.strip():
            raise Refused(_("Say why the contract ends."), field="reason")
        if self.ends_on < subject.starts_on:
            raise Refused(_("A contract cannot end before it begins."), field="ends_on")
        if subject.ends_on is not None and self.ends_on > subject.ends_on:
            raise Refused(_("The contract ends earlier than that: to let it go on, renew it."), field="ends_on")
        if subject.ends_on == self.ends_on and subject.renewal_months is None:
            raise Conflict(_("The contract ends on this day already."), field="ends_on")

    def apply(self, subject: Contract, moment: Moment) -> None:
        subject.ends_on, subject.renewal_months = self.ends_on, None

    def describe(self, names: Names) -> str:
        return _("ended the contract, last day %(end)s: %(reason)s") % {"end": day(self.ends_on), "reason": self.reason}


@event
@dataclass(frozen=True)
class ContractEndTold(Event):
    """The end comes near: within the notice period and thirty days more. Told once for each end."""

    kind: ClassVar[str] = "contract_end_told"
    right: ClassVar[str] = "contract.tell"

    ends_on: date

    def check(self, subject: Contract, actor: Actor) -> None:
        if subject.ends_on != self.ends_on or subject.told_of_end_on == self.ends_on:
            raise Conflict(_("This end is not news any more."))

    def apply(self, subject: Contract, moment: Moment) -> None:
        subject.told_of_end_on = self.ends_on

    def describe(self, names: Names) -> str:
        return _("told the managers that the contract ends on %(end)s") % {"end": day(self.ends_on)}


def _words(name: str, value: Any, names: Names) -> str:
    match name:
        case "type":
            return type_name(value)
        case "starts_on" | "ends_on":
            return day(value)
        case "site_ids":
            return names.sites(value)
        case "agreement_id":
            return names.agreement(value)
        case "contact_id":
            return names.person(value)
        case "notice_days":
            return ngettext("%(n)d day", "%(n)d days", value) % {"n": value}
        case "renewal_months":
            return ngettext("%(n)d month", "%(n)d months", value) % {"n": value} if value else _("none")
        case _:
            return str(value) or _("none")
