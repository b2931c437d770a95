from __future__ import annotations

import math
import re
from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,6})?")
LARGEST = 1e15
NOT_A_NUMBER = gettext_noop("This must be a number, as in 12 or 3.5.")


@register
class Number(Kind):
    """A number, written with a point or a comma, with the unit that the field names."""

    code = "number"
    name = gettext_noop("Number")
    icon = "123"
    column = "number"
    settings = ("unit", "minimum", "maximum")
    json_type = "number"

    def check(self, text: str, of: Field, around: Around) -> Value:
        plain = re.sub(r"[\s\u202f'’]", "", text)
        if not _NUMBER.fullmatch(plain):
            raise Wrong(NOT_A_NUMBER)
        return _within(float(plain.replace(",", ".")), of)

    def accept(self, given: Any, of: Field, around: Around) -> Value | None:
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise Wrong(NOT_A_NUMBER)
        if (isinstance(given, float) and not math.isfinite(given)) or abs(given) >= LARGEST:
            raise Wrong(NOT_A_NUMBER)
        return _within(round(float(given), 6), of)

    def say(self, value: Any, of: Field, words: Words) -> str:
        return f"{words.number(value)} {of.unit}".strip()

    def typed(self, value: Any, around: Around) -> list[str]:
        return [f"{value:.6f}".rstrip("0").rstrip(".")]

    def tokens(self, value: Any) -> list[str]:
        return self.typed(value, Around())


def _within(value: float, of: Field) -> int | float:
    if of.minimum is not None and value < of.minimum:
        raise Wrong(gettext_noop("At least %(minimum)s."), minimum=f"{of.minimum:g} {of.unit}".strip())
    if of.maximum is not None and value > of.maximum:
        raise Wrong(gettext_noop("At most %(maximum)s."), maximum=f"{of.maximum:g} {of.unit}".strip())
    return int(value) if value.is_integer() else value
