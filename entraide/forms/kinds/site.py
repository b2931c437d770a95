from __future__ import annotations

from typing import Any

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop


@register
class PlaceOfTheOrganisation(Kind):
    """A site of the ticket's organisation; kept as its id."""

    code = "site"
    name = gettext_noop("Site")
    icon = "map-pin"
    control = "select"
    column = "reference"
    json_type = "integer"

    def check(self, text: str, of: Field, around: Around) -> Value:
        found = around.sites.get(text)
        if found is None:
            raise Wrong(gettext_noop("Choose one of the sites of the organisation."))
        return found

    def accept(self, given: Any, of: Field, around: Around) -> Value | None:
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int):
            raise Wrong(gettext_noop("Choose one of the sites of the organisation."))
        return self.check(str(given), of, around)

    def say(self, value: Any, of: Field, words: Words) -> str:
        return words.site(value)
