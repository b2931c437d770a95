from __future__ import annotations

from entraide.forms.field import Field, Value
from entraide.forms.kinds.kind import Around, Kind, register
from entraide.forms.problems import Wrong, gettext_noop

LINE = 300


@register
class Text(Kind):
    """A line. A mask says its shape: A is a letter, 9 a digit, * either; all else is itself."""

    code = "text"
    name = gettext_noop("Text")
    icon = "cursor-text"
    settings = ("longest", "mask")

    def check(self, text: str, of: Field, around: Around) -> Value:
        line = " ".join(text.split())
        super().check(line, of, around)
        if len(line) > LINE:
            raise Wrong(gettext_noop("At most %(longest)s characters."), longest=LINE)
        if of.mask and not fits(line, of.mask):
            raise Wrong(gettext_noop("Write it like %(mask)s (A: a letter, 9: a digit)."), mask=of.mask)
        return line


def fits(text: str, mask: str) -> bool:
    """Tell whether a text has the shape of a mask."""
    return len(text) == len(mask) and all(_fits(sign, shape) for sign, shape in zip(text, mask, strict=True))


def _fits(sign: str, shape: str) -> bool:
    match shape:
        case "A":
            return sign.isalpha()
        case "9":
            return sign in "0123456789"
        case "*":
            return sign.isalnum()
        case _:
            return sign == shape
