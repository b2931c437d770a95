from __future__ import annotations

from entraide.forms.kinds.kind import Kind, register
from entraide.forms.problems import gettext_noop


@register
class LongText(Kind):
    """Several lines."""

    code = "long_text"
    name = gettext_noop("Long text")
    icon = "align-left"
    control = "textarea"
    settings = ("longest",)
