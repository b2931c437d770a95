"""What a page shows of each field: its control with what was typed, what is wrong with it, and when it is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from entraide.forms.conditions import must_answer, shown
from entraide.forms.field import Audience, Condition, Field
from entraide.forms.filling import read_page
from entraide.forms.kinds import Around, kind_of
from entraide.forms.problems import Problem
from entraide.forms.words import choices_of, condition_in_words, sentence_of

# Before the code of a field in the names of a page's controls: a field may be called "subject", too.
PREFIX = "answer-"
Typed = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Places:
    """What controls offer: sites by id, and people by mail address where whoever answers may see them all."""

    sites: Sequence[tuple[int, str]] = ()
    people: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Asked:
    """One field on a page. `shown_if` and `required_if` are JSON for the script that follows them while one answers."""

    code: str
    name: str
    label: str
    help: str
    control: str
    input_type: str
    input_mode: str
    unit: str
    pattern_words: str
    longest: int | None
    typed: str
    options: tuple[tuple[str, str, bool], ...]
    people: Sequence[tuple[str, str]]
    is_person: bool
    is_for_desk: bool
    is_shown: bool
    must_answer: bool
    always: bool
    shown_if: str
    required_if: str
    only_if: str
    problem: str


@dataclass(frozen=True)
class Page:
    """Who reads the page, and what has been typed into it."""

    language: str
    audience: Audience
    around: Around
    typed: Typed = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    problems: Mapping[str, Problem | str] = field(default_factory=dict)


def asked(fields: Sequence[Field], page: Page) -> list[Asked]:
    """Return the fields that this audience answers, hidden ones included."""
    by_code = {each.code: each for each in fields}
    values = read_page(fields, page.typed, page.around, audience=page.audience).values
    visible = shown(fields, values)
    return [
        _asked(each, page, by_code, is_shown=each.code in visible, must=must_answer(each, by_code, values))
        for each in fields
        if page.audience == "desk" or each.audience == "everyone"
    ]


def typed_from(data: Mapping[str, object]) -> dict[str, list[str]]:
    """Return what a page sent, by field (`data` is a QueryDict)."""
    getlist = data.getlist  # type: ignore[attr-defined]
    return {
        name.removeprefix(PREFIX): [each.replace("\x00", "") for each in getlist(name)]
        for name in data
        if name.startswith(PREFIX)
    }


def _asked(of: Field, page: Page, by_code: Mapping[str, Field], *, is_shown: bool, must: bool) -> Asked:
    kind = kind_of(of.kind)
    typed = list(page.typed.get(of.code, ()))
    problem = page.problems.get(of.code, "")
    other = by_code.get(of.shown_if.field) if of.shown_if else None
    return Asked(
        code=of.code,
        name=PREFIX + of.code,
        label=of.label(page.language) or of.code,
        help=of.help(page.language),
        control=kind.control,
        input_type=kind.input_type,
        input_mode="decimal" if of.kind == "number" else "",
        unit=of.unit,
        pattern_words=of.mask,
        longest=of.longest,
        typed=typed[0] if typed else "",
        options=_options(of, page, typed),
        people=page.places.people if of.kind == "person" else (),
        is_person=of.kind == "person",
        is_for_desk=of.audience == "desk",
        is_shown=is_shown,
        must_answer=must,
        always=of.is_required,
        shown_if=_json(of.shown_if),
        required_if=_json(of.required_if),
        only_if=condition_in_words(of.shown_if, other, page.language) if of.shown_if and other else "",
        problem=sentence_of(problem) if isinstance(problem, Problem) else problem,
    )


def _options(of: Field, page: Page, typed: Sequence[str]) -> tuple[tuple[str, str, bool], ...]:
    if of.kind == "site":
        return tuple((str(key), name, str(key) in typed) for key, name in page.places.sites)
    return tuple((each.code, each.label(page.language), each.code in typed) for each in choices_of(of))


def _json(condition: Condition | None) -> str:
    return json.dumps(asdict(condition)) if condition else ""
