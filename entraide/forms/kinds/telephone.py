from __future__ import annotations

from typing import Any

import phonenumbers

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, Words, register
from entraide.forms.problems import Wrong, gettext_noop


@register
class Telephone(Kind):
    """A telephone number; kept as E.164 (+41225550101), shown as people write it."""

    code = "telephone"
    name = gettext_noop("Telephone")
    icon = "phone"
    input_type = "tel"

    def check(self, text: str, of: Field, around: Around) -> Value:
        super().check(text, of, around)
        try:
            number = phonenumbers.parse(text, around.region or None)
        except phonenumbers.NumberParseException as error:
            raise Wrong(NOT_A_NUMBER) from error
        if not phonenumbers.is_possible_number(number):
            raise Wrong(NOT_A_NUMBER)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def say(self, value: Any, of: Field, words: Words) -> str:
        return spaced(str(value))


def spaced(number: str) -> str:
    """Return a number kept as E.164 as people write it, "+41 22 555 01 01"; what is no number stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


NOT_A_NUMBER = gettext_noop("This is not a telephone number, as in 022 555 01 01 or +33 1 23 45 67 89.")
