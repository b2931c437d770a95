"""Dates as each language writes them: French has "1er janvier" where all other days are numbers."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import get_language

# A day right before the name of its month, in Django's letters.
DAY_OF_MONTH = re.compile(r"(?<!\\)j(?= [FNMEb])")


def date_format(value: Any, pattern: str) -> str:
    """Return a date, a time or both as Django's letters say ("j F Y") or a format is named ("DATE_FORMAT")."""
    pattern = formats.get_format(pattern)
    if isinstance(value, date) and value.day == 1 and (get_language() or "").startswith("fr"):
        pattern = DAY_OF_MONTH.sub(r"j\\e\\r", pattern)
    return formats.date_format(value, pattern)
