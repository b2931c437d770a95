"""What every kind of field knows: reading an answer, checking it, saying it, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import Any, ClassVar, Literal, Protocol

from entraide.forms.field import Field, Value
from entraide.forms.problems import Wrong, gettext_noop

# How it is asked on a page, and in which column of the table its values can be searched and counted.
Control = Literal["input", "textarea", "select", "radios", "checks"]
Column = Literal["text", "option", "number", "day", "moment", "reference"]
# Settings that only some kinds have.
Setting = Literal["choices", "unit", "minimum", "maximum", "longest", "mask", "not_past"]

LONGEST = 20_000
TOO_LONG = gettext_noop("At most %(longest)s characters.")
NOT_TEXT = gettext_noop("This must be a text.")


@dataclass(frozen=True)
class Around:
    """What the people and places are that answers name (by what was typed, and by id), the zone, the day and the country.

    `region` has the two letters of the country of whoever is answered for; without one, telephone numbers need their +.
    """

    people: Mapping[str, int] = field(default_factory=dict)
    sites: Mapping[str, int] = field(default_factory=dict)
    zone: tzinfo = UTC
    today: date = date(1970, 1, 1)
    region: str = ""


class Words(Protocol):
    """Says in words what a value only names, in the language of whoever reads."""

    @property
    def language(self) -> str: ...
    def person(self, key: int) -> str: ...
    def site(self, key: int) -> str: ...
    def yes_no(self, value: bool) -> str: ...
    def day(self, iso: str) -> str: ...
    def moment(self, iso: str) -> str: ...
    def number(self, value: float) -> str: ...


class Kind:
    """One kind of field. Stateless: what a field is set to comes with each call."""

    code: ClassVar[str]
    name: ClassVar[str]
    icon: ClassVar[str]
    control: ClassVar[Control] = "input"
    input_type: ClassVar[str] = "text"
    column: ClassVar[Column] = "text"
    settings: ClassVar[tuple[Setting, ...]] = ()
    # The name of the type in the schema that the API gives.
    json_type: ClassVar[str] = "string"

    def read(self, typed: Sequence[str], of: Field, around: Around) -> Value | None:
        """Return the answer that a page sent, None where it is empty. Raises Wrong."""
        text = typed[0].strip() if typed else ""
        return self.check(text, of, around) if text else None

    def accept(self, given: Any, of: Field, around: Around) -> Value | None:
        """Return the answer that a program gave in the proper type of JSON. Raises Wrong."""
        if given is None or given == "":
            return None
        if not isinstance(given, str):
            raise Wrong(NOT_TEXT)
        return self.read([given], of, around)

    def check(self, text: str, of: Field, around: Around) -> Value:
        """Return the value that a text (not empty, trimmed) stands for. Raises Wrong."""
        if "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
            raise Wrong(gettext_noop("There is a character that cannot be kept."))
        longest = min(of.longest or LONGEST, LONGEST)
        if len(text) > longest:
            raise Wrong(TOO_LONG, longest=longest)
        return text

    def say(self, value: Any, of: Field, words: Words) -> str:
        """Return the answer as people read it."""
        return str(value)

    def typed(self, value: Any, around: Around) -> list[str]:
        """Return what a page sends for this value: `read` gives it back."""
        return [str(value)]

    def parts(self, value: Any) -> list[Any]:
        """Return the single values that are searched and counted."""
        return [value]

    def tokens(self, value: Any) -> list[str]:
        """Return the words with which conditions compare."""
        return [str(value)]


_kinds: dict[str, Kind] = {}


def register(kind: type[Kind]) -> type[Kind]:
    """Make a kind known. Raises ValueError when its code is taken."""
    if kind.code in _kinds:
        raise ValueError(f"There are two kinds of field called {kind.code!r}.")
    _kinds[kind.code] = kind()
    return kind


def kinds() -> tuple[Kind, ...]:
    return tuple(_kinds.values())


def kind_of(code: str) -> Kind:
    """Return the kind with this code. Raises KeyError."""
    return _kinds[code]
