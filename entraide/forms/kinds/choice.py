from __future__ import annotations

from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop


@register
class OneOf(Kind):
    """One of the answers that the field offers."""

    code = "choice"
    name = gettext_noop("Choice")
    icon = "circle-dot"
    control = "select"
    column = "option"
    settings = ("choices",)

    def check(self, text: str, of: Field, around: Around) -> Value:
        return offered(text, of)

    def say(self, value: Any, of: Field, words: Words) -> str:
        return label_of(value, of, words)


def offered(code: str, of: Field) -> str:
    """Return the code if the field offers it. Raises Wrong."""
    if of.choice(code) is None:
        raise Wrong(gettext_noop("Choose one of the answers of the list."))
    return code


def label_of(code: str, of: Field, words: Words) -> str:
    choice = of.choice(code)
    return choice.label(words.language) if choice else code
