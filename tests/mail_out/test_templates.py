"""The words of the mails that the desk sends."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from entraide.channels.email.templates import (
    PLACEHOLDERS,
    codes,
    example_of,
    render_preview,
    reset_template,
    save_template,
    words_for,
)
from entraide.channels.email.words import BUILT_IN
from entraide.core.events import Refused

LANGUAGES = ("fr", "en")


def test_each_mail_has_words_in_each_language_with_the_same_placeholders() -> None:
    assert set(BUILT_IN["fr"]) == set(BUILT_IN["en"])
    for code, words in BUILT_IN["fr"].items():
        assert set(re.findall(r"\{\w+\}", words.body)) == set(re.findall(r"\{\w+\}", BUILT_IN["en"][code].body)), code


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", codes())
def test_each_mail_renders_whole(code: str, language: str) -> None:
    rendered = render_preview(code, language)
    assert rendered.subject
    assert not re.search(r"\{\w+\}", rendered.text + rendered.html)
    if "{message}" in BUILT_IN[language][code].body:
        assert example_of(code, language)["message"] in rendered.text
    Balanced().check(rendered.html)


@pytest.mark.django_db
def test_own_words_replace_the_built_in_ones_until_they_are_taken_back() -> None:
    save_template("reply", "fr", subject="{subject}", body="Cher {requester},\n\n{message}")
    assert "Cher Alice Martin," in render_preview("reply", "fr").text
    assert "Cher" not in render_preview("reply", "en").text
    reset_template("reply", "fr")
    assert words_for("reply", "fr") == BUILT_IN["fr"]["reply"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("subject", "body", "field"),
    [
        ("x", "Bonjour {reqester}", "body"),
        ("{nope}", "Bonjour", "subject"),
        ("", "Bonjour", "subject"),
        ("x", "  ", "body"),
        ("a\nBcc: x@y.example", "Bonjour", "subject"),
        ("x", "{recipient.__class__}", "body"),
    ],
)
def test_wrong_words_are_refused_with_the_reason(subject: str, body: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        save_template("reply", "fr", subject=subject, body=body)
    assert refused.value.field == field
    assert refused.value.message
    assert words_for("reply", "fr") == BUILT_IN["fr"]["reply"]


@pytest.mark.django_db
def test_the_refusal_of_a_placeholder_names_the_known_ones() -> None:
    with pytest.raises(Refused) as refused:
        save_template("reply", "fr", subject="x", body="{reqester}")
    assert "{reqester}" in refused.value.message
    assert all(f"{{{name}}}" in refused.value.message for name in PLACEHOLDERS)


class Balanced(HTMLParser):
    """Fails on a tag that is not closed, or closed without having been opened."""

    VOID = {"meta", "br", "hr", "img"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def check(self, html: str) -> None:
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
