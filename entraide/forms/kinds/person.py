from __future__ import annotations

from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop


@register
class SomebodyOfTheOrganisation(Kind):
    """A person of the ticket's organisation, by mail address or full name; kept as their id."""

    code = "person"
    name = gettext_noop("Person of the organisation")
    icon = "user"
    column = "reference"
    json_type = "integer"

    def check(self, text: str, of: Field, around: Around) -> Value:
        found = around.people.get(text.casefold())
        if found is None:
            raise Wrong(
                gettext_noop("Nobody in this organisation is called so, or several are: write the mail address.")
            )
        return found

    def accept(self, given: Any, of: Field, around: Around) -> Value | None:
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int) or str(given) not in around.people:
            raise Wrong(gettext_noop("There is no such person in this organisation."))
        return given

    def say(self, value: Any, of: Field, words: Words) -> str:
        return words.person(value)

    def typed(self, value: Any, around: Around) -> list[str]:
        return next(([text] for text, key in around.people.items() if key == value and "@" in text), [str(value)])
