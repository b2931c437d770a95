"""The fields of a form as they are typed in the editor: rows in their order, and the buttons that arrange them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import field as by_default
from typing import Any, Literal

from django.utils.text import slugify
from django.utils.translation import gettext as _

from entraide.agent.access import clean, typed_number
from entraide.forms.design import FIELDS_AT_MOST
from entraide.forms.field import Choice, Condition, Field
from entraide.forms.kinds import kind_of, kinds
from entraide.forms.words import choices_of

# Buttons that change the form on the page and save nothing.
ARRANGING = ("up", "down", "remove", "add", "look")
ROWS_AT_MOST = FIELDS_AT_MOST + 20
LONGEST = 2000
TEXTS = ("label_fr", "label_en", "help_fr", "help_en", "unit", "mask")
# "Français | English [code]": the code stays when the words change.
CHOICE = re.compile(r"(?P<words>.*?)\s*(?:\[(?P<code>[a-z0-9_]{1,40})\])?")
# Fields that one writes freely and that still can be compared.
COMPARABLE = ("text", "number")


@dataclass
class When:
    """A condition as it is typed: the other field, and the answers of it that count."""

    name: str
    code: str = ""
    values: list[str] = by_default(default_factory=list)
    # What there is to choose: (code, words, whether chosen); empty where one writes.
    options: list[tuple[str, str, bool]] = by_default(default_factory=list)
    is_written: bool = False

    @property
    def written(self) -> str:
        return ", ".join(self.values)

    @property
    def condition(self) -> Condition | None:
        return Condition(self.code, tuple(self.values)) if self.code else None


@dataclass
class Row:
    """One field as typed. `numbers` are what was written, and `faults` what is wrong with it."""

    key: str
    field: Field
    choices: str = ""
    numbers: dict[str, str] = by_default(default_factory=dict)
    shown: When = by_default(default_factory=lambda: When("shown"))
    required: When = by_default(default_factory=lambda: When("required"))
    is_open: bool = False
    faults: list[str] = by_default(default_factory=list)
    # The code and words of the fields on which this one may depend.
    others: list[tuple[str, str]] = by_default(default_factory=list)

    @property
    def name(self) -> str:
        return f"f{self.key}"

    @property
    def settings(self) -> tuple[str, ...]:
        return kind_of(self.field.kind).settings


def rows_of(fields: Sequence[Field]) -> list[Row]:
    """Return the rows that show these fields."""
    rows = [
        Row(
            key=str(place),
            field=each,
            choices=_choices_written(each),
            numbers={name: _number_written(getattr(each, name)) for name in ("minimum", "maximum", "longest")},
            shown=_when("shown", each.shown_if),
            required=_when("required", each.required_if),
        )
        for place, each in enumerate(fields)
    ]
    return _tied(rows)


def read_rows(data: Any, *, taken: set[str]) -> list[Row]:
    """Return the rows that were sent, as the pressed button leaves them. `taken` are codes that stand for something already."""
    keys = [each for each in dict.fromkeys(data.getlist("row")) if typed_number(each) is not None][:ROWS_AT_MOST]
    rows = [_row(data, key) for key in keys]
    _arrange(rows, data)
    _name_codes(rows, taken)
    return _tied(rows)


def fields_of_rows(rows: Sequence[Row]) -> list[Field]:
    """Return the fields. What is missing or wrong in them is told when the form is published."""
    return [replace(each.field, shown_if=each.shown.condition, required_if=each.required.condition) for each in rows]


def _row(data: Any, key: str) -> Row:
    def text(name: str) -> str:
        return " ".join(clean(data.get(f"f{key}-{name}", "")).split())[:LONGEST]

    kind = text("kind") if text("kind") in {each.code for each in kinds()} else "text"
    settings = kind_of(kind).settings
    row = Row(key=key, field=Field(text("code")[:40], kind, ""), is_open=bool(text("open")))
    row.choices = clean(data.get(f"f{key}-choices", ""))[:40_000]
    row.numbers = {name: text(name) for name in ("minimum", "maximum", "longest")}
    row.shown, row.required = (
        When(
            name,
            text(f"{name}_field"),
            [clean(each) for each in data.getlist(f"f{key}-{name}_values")]
            or [each.strip() for each in text(f"{name}_written").split(",") if each.strip()],
        )
        for name in ("shown", "required")
    )
    values: dict[str, Any] = {name: text(name) for name in TEXTS if name not in ("unit", "mask") or name in settings}
    for name in ("minimum", "maximum", "longest"):
        if name in settings:
            values[name] = _number(row, name)
    audience: Literal["everyone", "desk"] = "desk" if text("audience") == "desk" else "everyone"
    row.field = replace(
        row.field,
        **values,
        is_required=bool(text("is_required")),
        audience=audience,
        choices=_choices(row) if "choices" in settings else (),
        not_past="not_past" in settings and bool(text("not_past")),
    )
    return row


def _number(row: Row, name: str) -> Any:
    written = row.numbers[name].replace(",", ".").replace("'", "").replace("’", "").replace(" ", "")
    if not written:
        return None
    try:
        number = float(written)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e15 or (name == "longest" and not number.is_integer()):
        row.faults.append(_("“%(typed)s” is not a number.") % {"typed": row.numbers[name]})
        return None
    return int(number) if number.is_integer() else number


def _choices(row: Row) -> tuple[Choice, ...]:
    found: list[Choice] = []
    codes: set[str] = set()
    for line in row.choices.splitlines():
        matched = CHOICE.fullmatch(line.strip())
        if matched is None or not matched["words"]:
            continue
        french, _bar, english = (each.strip()[:200] for each in matched["words"].partition("|"))
        code = matched["code"] or _free(_slug(french or english) or "answer", codes)
        codes.add(code)
        found.append(Choice(code, french or english, english))
    row.choices = _choices_written(Field("", row.field.kind, "", choices=tuple(found)))
    return tuple(found)


def _choices_written(of: Field) -> str:
    return "\n".join(
        f"{each.fr}{f' | {each.en}' if each.en and each.en != each.fr else ''} [{each.code}]" for each in of.choices
    )


def _number_written(number: float | None) -> str:
    return "" if number is None else f"{number:g}" if abs(number) < 1e6 else str(number)


def _arrange(rows: list[Row], data: Any) -> None:
    pressed = next((button for button in ARRANGING if button in data), "")
    at = next((place for place, row in enumerate(rows) if row.key == data.get(pressed)), None)
    if pressed == "add" and len(rows) < ROWS_AT_MOST:
        kind = data.get("add_kind", "text")
        known = kind if kind in {each.code for each in kinds()} else "text"
        following = str(max((int(row.key) for row in rows), default=-1) + 1)
        rows.append(Row(key=following, field=Field("", known, "")))
    elif at is not None and pressed == "remove":
        del rows[at]
    elif at is not None and pressed in ("up", "down"):
        rows.insert(max(0, at + (1 if pressed == "down" else -1)), rows.pop(at))


def _name_codes(rows: list[Row], taken: set[str]) -> None:
    """Give each field that has words a code, once and for all: what is typed later changes words, not the code."""
    codes = {row.field.code for row in rows if row.field.code} | taken
    for row in rows:
        words = row.field.label("fr")
        if not row.field.code and words:
            code = _free(_slug(words) or "field", codes)
            codes.add(code)
            row.field = replace(row.field, code=code)


def _slug(words: str) -> str:
    slug = slugify(words).replace("-", "_")[:36].strip("_")
    return slug if slug[:1].isalpha() or not slug else f"n_{slug}"[:36]


def _free(wanted: str, taken: set[str]) -> str:
    code, number = wanted, 2
    while code in taken:
        code, number = f"{wanted}_{number}", number + 1
    return code


def _when(name: str, condition: Condition | None) -> When:
    return When(name, condition.field, list(condition.values)) if condition else When(name)


def _tied(rows: list[Row]) -> list[Row]:
    """Let each row know the other fields, and what there is to choose of the one on which it depends."""
    by_code = {row.field.code: row.field for row in rows if row.field.code}
    for row in rows:
        row.others = [(code, each.label("fr")) for code, each in by_code.items() if code != row.field.code]
        for when in (row.shown, row.required):
            other = by_code.get(when.code)
            if other is None:
                # The field is gone, and with it what depended on it.
                when.code, when.values = "", []
                continue
            offered = choices_of(other)
            when.is_written = other.kind in COMPARABLE
            when.options = [(each.code, each.label("fr"), each.code in when.values) for each in offered]
            if offered:
                when.values = [code for code, _label, is_chosen in when.options if is_chosen]
            elif not when.is_written:
                when.values = []
    return rows
