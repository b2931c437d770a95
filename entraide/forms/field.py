"""A field of a form, as plain data that keeps itself as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

# What an answer may be; days and moments are written as ISO 8601.
Value = str | int | float | bool | list[str]
Audience = Literal["everyone", "desk"]


@dataclass(frozen=True)
class Choice:
    """One of the answers that a field offers."""

    code: str
    fr: str
    en: str = ""

    def label(self, language: str) -> str:
        return (self.en or self.fr) if language.startswith("en") else (self.fr or self.en)


@dataclass(frozen=True)
class Condition:
    """That another field has one of these values; without any: that it is filled."""

    field: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """`minimum` and `maximum` are of the number; `longest` is in characters; `mask` see kinds/text.py."""

    code: str
    kind: str
    label_fr: str
    label_en: str = ""
    help_fr: str = ""
    help_en: str = ""
    is_required: bool = False
    audience: Audience = "everyone"
    shown_if: Condition | None = None
    required_if: Condition | None = None
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    longest: int | None = None
    mask: str = ""
    not_past: bool = False

    def label(self, language: str) -> str:
        """Return what the field is called, in the other language where this one has no words."""
        return (self.label_en or self.label_fr) if language.startswith("en") else (self.label_fr or self.label_en)

    def help(self, language: str) -> str:
        return (self.help_en or self.help_fr) if language.startswith("en") else (self.help_fr or self.help_en)

    def choice(self, code: str) -> Choice | None:
        return next((each for each in self.choices if each.code == code), None)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored: without what is as it is by default."""
        plain = asdict(self)
        return {name: value for name, value in plain.items() if value not in (None, "", (), False)}


def field_from(data: Mapping[str, Any]) -> Field:
    """Return the field that was stored. Raises TypeError or KeyError where it is none."""
    plain = dict(data)
    for name in ("shown_if", "required_if"):
        if plain.get(name):
            plain[name] = Condition(plain[name]["field"], tuple(plain[name].get("values", ())))
    plain["choices"] = tuple(Choice(**each) for each in plain.get("choices", ()))
    return Field(**plain)


def fields_from(document: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    return tuple(field_from(each) for each in document)
