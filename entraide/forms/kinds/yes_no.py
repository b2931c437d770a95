from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop

YES, NO = "yes", "no"


@register
class YesNo(Kind):
    """Yes or no; neither, where nobody has said."""

    code = "yes_no"
    name = gettext_noop("Yes or no")
    icon = "toggle-left"
    control = "radios"
    column = "option"
    json_type = "boolean"

    def read(self, typed: Sequence[str], of: Field, around: Around) -> Value | None:
        text = typed[0].strip() if typed else ""
        if not text:
            return None
        if text not in (YES, NO):
            raise Wrong(gettext_noop("Choose yes or no."))
        return text == YES

    def accept(self, given: Any, of: Field, around: Around) -> Value | None:
        if given is not None and not isinstance(given, bool):
            raise Wrong(gettext_noop("This must be true or false."))
        return given

    def say(self, value: Any, of: Field, words: Words) -> str:
        return words.yes_no(value)

    def typed(self, value: Any, around: Around) -> list[str]:
        return [YES if value else NO]

    def parts(self, value: Any) -> list[Any]:
        return self.typed(value, Around())

    def tokens(self, value: Any) -> list[str]:
        return self.typed(value, Around())
