"""Conditions: what is hidden is never required nor kept, whatever the form and whatever is sent."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide.forms.conditions import holds, must_answer, shown
from entraide.forms.design import problems_of
from entraide.forms.field import Choice, Condition, Field
from entraide.forms.filling import changes, read_json, read_page
from tests.forms.samples import AROUND

CHOICES = (Choice("a", "A"), Choice("b", "B"))
CODES = [f"f{number}" for number in range(6)]


@st.composite
def forms(draw: Any) -> list[Field]:
    fields = []
    for code in CODES[: draw(st.integers(1, 6))]:
        condition = st.none() | st.builds(
            Condition, st.sampled_from(CODES), st.lists(st.sampled_from("ab"), max_size=2).map(tuple)
        )
        fields.append(
            Field(
                code,
                draw(st.sampled_from(["choice", "choices", "text"])),
                code,
                is_required=draw(st.booleans()),
                audience=draw(st.sampled_from(["everyone", "desk"])),
                shown_if=draw(condition),
                required_if=draw(condition),
                choices=CHOICES,
            )
        )
    return fields


# A busy machine is no fault of the rules.
any_pace = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
typed = st.dictionaries(st.sampled_from(CODES), st.lists(st.sampled_from(["a", "b", "", "wrong"]), max_size=2))
audiences = st.sampled_from(["everyone", "desk"])


@any_pace
@given(forms(), typed, audiences)
def test_what_is_hidden_is_neither_required_nor_kept(fields: list[Field], sent: Any, audience: Any) -> None:
    filled = read_page(fields, sent, AROUND, audience=audience)
    visible = shown(fields, filled.values)
    assert set(filled.values) <= visible
    assert set(filled.problems) <= visible


@any_pace
@given(forms(), typed, audiences)
def test_what_is_shown_and_must_be_answered_is_answered_or_is_a_problem(
    fields: list[Field], sent: Any, audience: Any
) -> None:
    filled = read_page(fields, sent, AROUND, audience=audience)
    by_code = {each.code: each for each in fields}
    for code in shown(fields, filled.values):
        field = by_code[code]
        if (audience == "desk" or field.audience == "everyone") and must_answer(field, by_code, filled.values):
            assert code in filled.values or code in filled.problems


@any_pace
@given(forms(), typed)
def test_requesters_never_give_what_only_the_desk_answers(fields: list[Field], sent: Any) -> None:
    filled = read_page(fields, sent, AROUND, audience="everyone")
    for_desk = {each.code for each in fields if each.audience == "desk"}
    assert not for_desk & (set(filled.values) | set(filled.problems))


@any_pace
@given(forms(), typed)
def test_reading_what_was_kept_again_changes_nothing(fields: list[Field], sent: Any) -> None:
    filled = read_page(fields, sent, AROUND, audience="desk")
    again = read_json(fields, dict(filled.values), AROUND, audience="desk")
    assert again.values == filled.values
    assert changes(filled.values, again.values) == ({}, {})


NEW_HIRE = [
    Field("contract", "choice", "Contrat", is_required=True, choices=(Choice("open", "Durée indéterminée"), Choice("fixed", "Durée déterminée"))),
    Field("until", "date", "Jusqu'au", is_required=True, shown_if=Condition("contract", ("fixed",))),
    Field("why", "long_text", "Motif", required_if=Condition("until")),
    Field("budget", "text", "Compte", audience="desk"),
]  # fmt: skip


def test_a_field_is_asked_only_where_its_condition_holds() -> None:
    filled = read_page(NEW_HIRE, {"contract": ["open"], "until": ["2026-12-31"]}, AROUND, audience="everyone")
    assert filled.values == {"contract": "open"} and not filled.problems
    filled = read_page(NEW_HIRE, {"contract": ["fixed"]}, AROUND, audience="everyone")
    assert set(filled.problems) == {"until"}
    filled = read_page(NEW_HIRE, {"contract": ["fixed"], "until": ["2026-12-31"]}, AROUND, audience="everyone")
    assert set(filled.problems) == {"why"}


def test_a_program_is_told_what_it_gives_in_vain() -> None:
    given_ = {"contract": "open", "until": "2026-12-31", "budget": "4200", "no": 1}
    filled = read_json(NEW_HIRE, given_, AROUND, audience="everyone")
    assert set(filled.problems) == {"until", "budget", "no"}


def test_what_a_program_leaves_out_stays() -> None:
    before = {"contract": "fixed", "until": "2026-12-31", "why": "Projet"}
    filled = read_json(NEW_HIRE, {"budget": "4200"}, AROUND, audience="desk", before=before)
    assert filled.values == {**before, "budget": "4200"} and not filled.problems


def test_a_circle_of_conditions_and_an_unknown_field_are_seen_before_publishing() -> None:
    circle = [
        Field("x", "text", "X", shown_if=Condition("y")),
        Field("y", "text", "Y", shown_if=Condition("x")),
        Field("z", "choice", "Z", shown_if=Condition("gone")),
    ]
    assert len(problems_of(circle)) == 3
    assert problems_of(NEW_HIRE) == []
    assert not holds(Condition("gone"), {}, {})
