"""The kit: every kind of field reads, checks, keeps and says its answers alike. A new kind is one file and one sample."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entraide.forms.conditions import holds
from entraide.forms.field import Condition, field_from
from entraide.forms.filling import read_json, read_page
from entraide.forms.kinds import kind_of, kinds
from entraide.forms.problems import Wrong
from tests.forms.samples import AROUND, SAMPLES, Sample


class PlainWords:
    language = "fr"
    person = site = day = moment = staticmethod(str)
    yes_no = number = staticmethod(str)


each_kind = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.field.kind)


def test_every_kind_has_its_sample() -> None:
    assert {each.code for each in kinds()} == {sample.field.kind for sample in SAMPLES}


@each_kind
def test_what_is_typed_becomes_a_value_of_its_type(sample: Sample) -> None:
    filled = read_page([sample.field], {sample.field.code: sample.typed}, AROUND, audience="desk")
    assert filled.problems == {}
    assert filled.values == {sample.field.code: sample.value}
    assert type(filled.values[sample.field.code]) is type(sample.value)


@each_kind
def test_a_value_is_json_and_a_program_may_give_it_back(sample: Sample) -> None:
    value = json.loads(json.dumps(sample.value))
    assert read_json([sample.field], {sample.field.code: value}, AROUND, audience="desk").values == {
        sample.field.code: sample.value
    }


@each_kind
def test_a_page_that_shows_a_value_sends_the_same_value(sample: Sample) -> None:
    kind = kind_of(sample.field.kind)
    assert kind.read(kind.typed(sample.value, AROUND), sample.field, AROUND) == sample.value


@each_kind
def test_what_does_not_fit_is_refused_with_a_sentence(sample: Sample) -> None:
    kind = kind_of(sample.field.kind)
    for text in sample.wrong:
        with pytest.raises(Wrong) as refused:
            kind.read([text], sample.field, AROUND)
        assert refused.value.problem.sentence % refused.value.problem.facts
    for value in sample.wrong_json:
        with pytest.raises(Wrong):
            kind.accept(value, sample.field, AROUND)


@each_kind
@pytest.mark.parametrize("nothing", [(), ("",), ("   ",)])
def test_nothing_is_no_answer(sample: Sample, nothing: tuple[str, ...]) -> None:
    assert kind_of(sample.field.kind).read(nothing, sample.field, AROUND) is None


@each_kind
def test_a_value_is_said_in_words_and_compares_with_conditions(sample: Sample) -> None:
    kind = kind_of(sample.field.kind)
    words: Any = PlainWords()
    assert kind.say(sample.value, sample.field, words)
    condition = Condition(sample.field.code, (kind.tokens(sample.value)[0],))
    assert holds(condition, {sample.field.code: sample.field}, {sample.field.code: sample.value})
    assert len(kind.parts(sample.value)) >= 1


@each_kind
def test_a_field_keeps_itself_as_json(sample: Sample) -> None:
    assert field_from(json.loads(json.dumps(sample.field.as_json()))) == sample.field
