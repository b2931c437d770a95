from __future__ import annotations

import re

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, register
from entraide.forms.problems import Wrong, gettext_noop

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[^\s@.<>,;:]{1,63}\.)+[^\s@.<>,;:0-9]{2,63}")


@register
class Email(Kind):
    """A mail address."""

    code = "email"
    name = gettext_noop("Mail address")
    icon = "mail"
    input_type = "email"

    def check(self, text: str, of: Field, around: Around) -> Value:
        super().check(text, of, around)
        if len(text) > 254 or not _ADDRESS.fullmatch(text):
            raise Wrong(gettext_noop("This is not a mail address."))
        return text.lower()
