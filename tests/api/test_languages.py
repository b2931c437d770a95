"""What is wrong is said in the language that was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from pydantic import TypeAdapter, ValidationError

from entraide.api.urls import api
from entraide.api.wrong_fields import SENTENCES, sentence_of
from tests.api.caller import Caller, is_problem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "fr"])
def test_fields_at_fault_are_explained_in_the_language_asked_for(nadia: Caller, language: str) -> None:
    data = {"text": 7, "requester_id": "x", "impact": 9, "tags": "a", "is_nothing": True}
    problem = nadia.send("post", "/tickets", data, Accept_Language=language).json()
    said = {each["field"]: each["message"] for each in problem["errors"]}
    with translation.override(language):
        assert said["subject"] == str(SENTENCES["missing"])
        assert said["text"] == str(SENTENCES["string_type"])
        assert said["requester_id"] == str(SENTENCES["int_parsing"])
        assert said["impact"] == str(SENTENCES["less_than_equal"]) % {"le": 3}
        assert said["tags"] == str(SENTENCES["list_type"])


def test_a_body_that_is_no_json_is_refused_in_our_words(nadia: Caller) -> None:
    answer = nadia.send("post", "/tickets", "{nothing")
    assert is_problem(answer, 400)
    assert answer.json()["detail"] == "The body of the request is not valid JSON."


def test_our_own_checks_keep_their_sentence(nadia: Caller) -> None:
    (error,) = nadia.send("post", "/tickets", {"subject": "a\x00", "text": "x"}).json()["errors"]
    assert error["message"] == "A NUL character is not allowed."


def test_a_kind_that_nobody_foresaw_has_a_general_sentence() -> None:
    with translation.override("en"):
        assert sentence_of({"type": "url_scheme", "msg": "x"}) == "This value does not fit (url_scheme)."


def test_every_sentence_fits_the_context_of_its_error() -> None:
    contexts: dict[str, Any] = {
        "gt": 1,
        "ge": 1,
        "lt": 1,
        "le": 1,
        "min_length": 1,
        "max_length": 1,
        "expected": "'a' or 'b'",
    }
    for kind in SENTENCES:
        assert "%(" not in sentence_of({"type": kind, "msg": "", "ctx": contexts})
    assert "'a', 'b'" in sentence_of({"type": "literal_error", "msg": "", "ctx": contexts})


def test_what_the_fields_of_the_api_can_be_refused_for_is_foreseen() -> None:
    """Each type of value of the API, given each wrong kind of value, has a sentence of its own."""
    values = [None, True, -1, 10**30, 1.5, "", "x", "x" * 600_000, [], [None], {}, "2026-01-01", "2026-13-01T00:00:00"]
    unknown, fields = set(), 0
    for _prefix, router in api._routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                for model in operation.models:
                    for field in model.model_fields.values():
                        unknown |= _unforeseen(field.annotation, values)
                        fields += 1
    assert unknown == set()
    assert fields > 50


def _unforeseen(annotation: Any, values: list[Any]) -> set[str]:
    adapter: Any = TypeAdapter(annotation)
    found = set()
    for value in [*values, *({name: each for name in getattr(annotation, "model_fields", {})} for each in values)]:
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            found |= {each["type"] for each in error.errors()} - set(SENTENCES) - {"value_error"}
    return found
