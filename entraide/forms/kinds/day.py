from __future__ import annotations

import re
from datetime import date
from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop

_SWISS = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})")
PAST = gettext_noop("This is in the past.")


@register
class Day(Kind):
    """A day of the calendar."""

    code = "date"
    name = gettext_noop("Date")
    icon = "calendar"
    input_type = "date"
    column = "day"
    settings = ("not_past",)

    def check(self, text: str, of: Field, around: Around) -> Value:
        day = read_day(text)
        if of.not_past and day < around.today:
            raise Wrong(PAST)
        return day.isoformat()

    def say(self, value: Any, of: Field, words: Words) -> str:
        return words.day(value)


def read_day(text: str) -> date:
    """Return the day that "2026-03-02" or "2.3.2026" names. Raises Wrong."""
    try:
        if found := _SWISS.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise Wrong(gettext_noop("Write the day as in 2026-03-02.")) from error
