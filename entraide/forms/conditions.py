"""Which fields are shown and which must be answered, given the answers so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entraide.forms.field import Condition, Field, Value
from entraide.forms.kinds import kind_of


def holds(condition: Condition | None, fields: Mapping[str, Field], values: Mapping[str, Value]) -> bool:
    """Tell whether a condition holds; none always does."""
    if condition is None:
        return True
    other = fields.get(condition.field)
    if other is None or condition.field not in values:
        return False
    if not condition.values:
        return True
    return not set(kind_of(other.kind).tokens(values[condition.field])).isdisjoint(condition.values)


def in_order_of_conditions(fields: Sequence[Field]) -> list[Field]:
    """Return the fields so that each comes after the one on which its being shown depends; those in a circle are left out."""
    by_code = {each.code: each for each in fields}
    settled: dict[str, Field] = {}
    waiting = list(fields)
    while waiting:
        ready = [
            each
            for each in waiting
            if each.shown_if is None or each.shown_if.field in settled or each.shown_if.field not in by_code
        ]
        if not ready:
            break
        settled |= {each.code: each for each in ready}
        waiting = [each for each in waiting if each.code not in settled]
    return list(settled.values())


def shown(fields: Sequence[Field], values: Mapping[str, Value]) -> set[str]:
    """Return the codes of the fields that are shown with these answers; an answer in a hidden field counts for nothing."""
    by_code = {each.code: each for each in fields}
    kept: dict[str, Value] = {}
    seen: set[str] = set()
    for field in in_order_of_conditions(fields):
        if holds(field.shown_if, by_code, kept):
            seen.add(field.code)
            if field.code in values:
                kept[field.code] = values[field.code]
    return seen


def must_answer(field: Field, fields: Mapping[str, Field], values: Mapping[str, Value]) -> bool:
    """Tell whether a field that is shown must be answered."""
    if field.is_required:
        return True
    return field.required_if is not None and holds(field.required_if, fields, values)
