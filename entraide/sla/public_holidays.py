"""Public holidays of a country and its canton or region, as the `holidays` library knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of one country (ISO 3166-1, such as CH) and subdivision (such as GE)."""

    country: str
    subdivision: str | None = None
    years: frozenset[int] | None = None  # None: every year

    def falls_on(self, day: date) -> bool:
        """Say whether `day` is one of them."""
        if self.years is not None and day.year not in self.years:
            return False
        return day in names_of(self.country, subdivision=self.subdivision, year=day.year)


@lru_cache(maxsize=1024)
def names_of(country: str, *, subdivision: str | None, year: int) -> dict[date, str]:
    """Return the holidays of one year with their names in the country's own language."""
    # Here and not above: whoever gives own dates only does not wait for the library to load.
    from holidays import country_holidays

    found = country_holidays(country, subdiv=subdivision, years=year)
    return {day: name for day, name in found.items() if day.year == year}


def is_known(country: str, *, subdivision: str | None) -> bool:
    """Say whether the library knows the country and the subdivision."""
    from holidays import country_holidays

    try:
        country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        return False
    return True
