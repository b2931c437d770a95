"""The names behind the ids that entries of contracts keep, and what of them the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from babel.numbers import format_currency
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.contracts.kinds import Period, types
from entraide.look.dates import date_format
from entraide.people.models import Person, Site
from entraide.sla.models import Agreement


class Names:
    """Looks each name up once for one page; without `shows_money` prices are not said."""

    def __init__(self, *, shows_money: bool) -> None:
        self.shows_money = shows_money
        self._found: dict[tuple[type, int], str] = {}

    def know_sites(self, keys: Iterable[int]) -> None:
        """Look up at once the names of the sites that a list will ask for."""
        self._found |= {
            (Site, pk): name for pk, name in Site.objects.filter(pk__in=set(keys)).values_list("pk", "name")
        }

    def person(self, key: int | None) -> str:
        return self._name(Person, key)

    def agreement(self, key: int | None) -> str:
        return self._name(Agreement, key)

    def sites(self, keys: Iterable[int]) -> str:
        return ", ".join(self._name(Site, key) for key in keys) or _("all sites")

    def _name(self, model: type[Person | Agreement | Site], key: int | None) -> str:
        if key is None:
            return _("none")
        if (model, key) not in self._found:
            row = model.objects.filter(pk=key).first()
            self._found[model, key] = row.name if row else "?"
        return self._found[model, key]


def day(value: date | None) -> str:
    return date_format(value, "j F Y") if value else _("without end")


def money(price: Decimal | None, currency: str, period: str) -> str:
    """Return a price as it is said: "CHF 1'250.00 per month"."""
    if price is None:
        return _("no price")
    locale = "fr_CH" if (get_language() or "fr").startswith("fr") else "en_CH"
    return f"{format_currency(price, currency, locale=locale)} {Period(period).label}"


def type_name(code: str) -> str:
    return str(types.get(code).name) if code in types else code
