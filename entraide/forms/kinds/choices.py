from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.choice import label_of, offered
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop


@register
class SeveralOf(Kind):
    """Several of the answers that the field offers, in its order."""

    code = "choices"
    name = gettext_noop("Several choices")
    icon = "checkbox"
    control = "checks"
    column = "option"
    settings = ("choices",)
    json_type = "array"

    def read(self, typed: Sequence[str], of: Field, around: Around) -> Value | None:
        chosen = {offered(each.strip(), of) for each in typed if each.strip()}
        return [each.code for each in of.choices if each.code in chosen] or None

    def accept(self, given: Any, of: Field, around: Around) -> Value | None:
        if given is None:
            return None
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise Wrong(gettext_noop("This must be a list of answers."))
        return self.read(given, of, around)

    def say(self, value: Any, of: Field, words: Words) -> str:
        return ", ".join(label_of(each, of, words) for each in value)

    def typed(self, value: Any, around: Around) -> list[str]:
        return list(value)

    def parts(self, value: Any) -> list[Any]:
        return list(value)

    def tokens(self, value: Any) -> list[str]:
        return list(value)
