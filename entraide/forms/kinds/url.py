from __future__ import annotations

from urllib.parse import urlsplit

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, register
from entraide.forms.problems import Wrong, gettext_noop

NOT_AN_ADDRESS = gettext_noop("This is not a web address, as in https://www.example.org/page.")


@register
class Url(Kind):
    """A web address; nothing but http and https, so that it may be a link."""

    code = "url"
    name = gettext_noop("Web address")
    icon = "link"
    input_type = "url"

    def check(self, text: str, of: Field, around: Around) -> Value:
        super().check(text, of, around)
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
        except ValueError as error:
            raise Wrong(NOT_AN_ADDRESS) from error
        if (
            parts.scheme not in ("http", "https")
            or not host
            or len(text) > 2000
            or any(each.isspace() for each in text)
        ):
            raise Wrong(NOT_AN_ADDRESS)
        return text
