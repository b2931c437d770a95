"""What must be right of a form before it is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from entraide.forms.conditions import in_order_of_conditions
from entraide.forms.field import Condition, Field
from entraide.forms.kinds import kind_of, kinds
from entraide.forms.problems import Problem, gettext_noop

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
FIELDS_AT_MOST = 60
CHOICES_AT_MOST = 200


def problems_of(fields: Sequence[Field]) -> list[Problem]:
    """Return what has to be mended; a form without problems can be filled in."""
    found: list[Problem] = []
    if not fields:
        found.append(Problem(gettext_noop("A form needs at least one field.")))
    if len(fields) > FIELDS_AT_MOST:
        found.append(Problem(gettext_noop("At most %(most)s fields."), {"most": FIELDS_AT_MOST}))
    by_code = {each.code: each for each in fields}
    if len(by_code) < len(fields):
        found.append(Problem(gettext_noop("Two fields have the same code.")))
    for field in fields:
        found += [replace(each, where=field.code) for each in _of_field(field, by_code)]
    in_circle = {each.code for each in fields} - {each.code for each in in_order_of_conditions(fields)}
    if in_circle:
        names = ", ".join(by_code[code].label("fr") for code in sorted(in_circle))
        found.append(
            Problem(
                gettext_noop("These fields are shown only if each other is: %(names)s."),
                {"names": names},
                where=min(in_circle),
            )
        )
    return found


def problems_with_earlier(fields: Sequence[Field], earlier: Iterable[Sequence[Field]]) -> list[Problem]:
    """Return what cannot follow what was published: answers that are kept under one code are of one kind."""
    kinds_before = {each.code: each.kind for version in earlier for each in version}
    return [
        Problem(
            gettext_noop("“%(field)s” was published as another kind: remove it and add a new field."),
            {"field": each.label("fr") or each.code},
            where=each.code,
        )
        for each in fields
        if kinds_before.get(each.code, each.kind) != each.kind
    ]


def _of_field(field: Field, by_code: dict[str, Field]) -> list[Problem]:
    facts = {"field": field.label("fr") or field.code}
    found: list[Problem] = []
    if not CODE.fullmatch(field.code):
        found.append(Problem(gettext_noop("“%(field)s”: a code has small letters, digits and _ only."), facts))
    if field.kind not in {each.code for each in kinds()}:
        return [Problem(gettext_noop("“%(field)s” is of a kind that there is not."), facts)]
    if not field.label_fr.strip() and not field.label_en.strip():
        found.append(Problem(gettext_noop("The field %(code)s needs a label."), {"code": field.code}))
    if field.longest is not None and field.longest < 1:
        found.append(Problem(gettext_noop("“%(field)s”: an answer has at least one character."), facts))
    if "choices" in kind_of(field.kind).settings:
        codes = [each.code for each in field.choices]
        if not codes:
            found.append(Problem(gettext_noop("“%(field)s” needs at least one answer to choose."), facts))
        if len(set(codes)) < len(codes):
            found.append(Problem(gettext_noop("“%(field)s” offers the same answer twice."), facts))
        if len(codes) > CHOICES_AT_MOST:
            found.append(Problem(gettext_noop("“%(field)s” offers too many answers."), facts))
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        found.append(Problem(gettext_noop("“%(field)s”: the smallest is larger than the largest."), facts))
    for condition in (field.shown_if, field.required_if):
        found += _of_condition(condition, field, by_code)
    return found


def _of_condition(condition: Condition | None, field: Field, by_code: dict[str, Field]) -> list[Problem]:
    if condition is None:
        return []
    other = by_code.get(condition.field)
    facts = {"field": field.label("fr") or field.code}
    if other is None or other is field:
        return [Problem(gettext_noop("“%(field)s” depends on a field that there is not."), facts)]
    if other.choices and any(other.choice(each) is None for each in condition.values):
        return [Problem(gettext_noop("“%(field)s” depends on an answer that is no longer offered."), facts)]
    return []
