"""From what was typed or given to the answers of a form: what is hidden is never required nor kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entraide.forms.conditions import holds, in_order_of_conditions, must_answer
from entraide.forms.field import Audience, Field, Value
from entraide.forms.kinds import Around, kind_of
from entraide.forms.problems import NOT_ASKED, REQUIRED, UNKNOWN, Problem, Wrong

Reading = Callable[[Field], Value | None]


@dataclass(frozen=True)
class Filled:
    """The answers by field, and what is wrong by field. With any problem nothing is to be kept."""

    values: Mapping[str, Value]
    problems: Mapping[str, Problem]


def read_page(
    fields: Sequence[Field],
    typed: Mapping[str, Sequence[str]],
    around: Around,
    *,
    audience: Audience,
    before: Mapping[str, Value] | None = None,
) -> Filled:
    """Return the answers that a page sent (texts by field)."""
    return _fill(
        fields, lambda each: kind_of(each.kind).read(typed.get(each.code, ()), each, around), audience, before or {}
    )


def read_json(
    fields: Sequence[Field],
    given: Mapping[str, Any],
    around: Around,
    *,
    audience: Audience,
    before: Mapping[str, Value] | None = None,
) -> Filled:
    """Return the answers that a program gave (JSON by field); what it leaves out stays as it was `before`.

    An answer to a field that is hidden or not for this audience is refused rather than lost without a word.
    """
    kept = before or {}

    def reading(field: Field) -> Value | None:
        if field.code not in given:
            return kept.get(field.code)
        return kind_of(field.kind).accept(given[field.code], field, around)

    filled = _fill(fields, reading, audience, kept)
    problems = dict(filled.problems)
    known = {each.code for each in fields if _is_for(each, audience)}
    for code, value in given.items():
        if code not in known:
            problems[code] = Problem(UNKNOWN)
        elif value not in (None, "", []) and code not in filled.values and code not in problems:
            problems[code] = Problem(NOT_ASKED)
    return Filled(filled.values, problems)


def changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the old and the new values of what differs; None where there is none."""
    codes = [code for code in {**before, **after} if before.get(code) != after.get(code)]
    return {code: before.get(code) for code in codes}, {code: after.get(code) for code in codes}


def _fill(fields: Sequence[Field], reading: Reading, audience: Audience, before: Mapping[str, Value]) -> Filled:
    by_code = {each.code: each for each in fields}
    values: dict[str, Value] = {}
    problems: dict[str, Problem] = {}
    asked: list[Field] = []
    for field in in_order_of_conditions(fields):
        if not holds(field.shown_if, by_code, values):
            continue
        if not _is_for(field, audience):
            # Not theirs to see: it stays what it was.
            if field.code in before:
                values[field.code] = before[field.code]
            continue
        asked.append(field)
        try:
            value = reading(field)
        except Wrong as wrong:
            problems[field.code] = wrong.problem
        else:
            if value is not None:
                values[field.code] = value
    for field in asked:
        if field.code not in values and field.code not in problems and must_answer(field, by_code, values):
            problems[field.code] = Problem(REQUIRED)
    return Filled(values, problems)


def _is_for(field: Field, audience: Audience) -> bool:
    return audience == "desk" or field.audience == "everyone"
