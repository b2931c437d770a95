"""Which countries and regions the `holidays` library knows, and what it calls their holidays."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache(maxsize=8)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Return (ISO code, name in `language`) of every country whose holidays are known, by name."""
    # Here and not above: only a screen that edits a calendar waits for the library to load.
    from holidays import list_supported_countries

    names = _locale(language).territories
    found = [(code, str(names.get(code, code))) for code in list_supported_countries(include_aliases=False)]
    return tuple(sorted(found, key=lambda each: each[1].casefold()))


@lru_cache(maxsize=256)
def regions(country: str) -> tuple[tuple[str, str], ...]:
    """Return (code, "GE – Genève") of the cantons or regions of a country that have holidays of their own."""
    from holidays import country_holidays

    try:
        known = country_holidays(country)
    except NotImplementedError:
        return ()
    names: dict[str, str] = {}
    for name, code in getattr(known, "subdivisions_aliases", {}).items():
        # The other names of a region are its ISO codes or its name in other languages.
        if code not in names and name.upper() != name:
            names[code] = name
    return tuple((code, f"{code} – {names[code]}" if names.get(code, code) != code else code) for code in known.subdivisions)  # fmt: skip


@lru_cache(maxsize=512)
def holiday_names(country: str, *, subdivision: str | None, year: int, language: str) -> dict[date, str]:
    """Return the holidays of one year with their names in `language`, or in the country's own where they have none.

    Raises NotImplementedError for a country or a subdivision that is not known.
    """
    from holidays import country_holidays

    found = country_holidays(country, subdiv=subdivision, years=year)
    spoken = next((each for each in found.supported_languages if each.split("_")[0] == language[:2]), None)
    if spoken:
        found = country_holidays(country, subdiv=subdivision, years=year, language=spoken)
    return {day: name for day, name in sorted(found.items()) if day.year == year}


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
