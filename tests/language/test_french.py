"""The interface is complete in French: a string without its translation fails."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

import entraide

SOURCE = Path(entraide.__file__).parent
KEPT = SOURCE / "locale/fr/LC_MESSAGES/django.po"
GAP = re.compile(r"%\(\w+\)[0-9]*[sd]")
COLLECT = """
import django, sys
django.setup()
from django.core.management import call_command
call_command("makemessages", locale=["fr"], no_location=True, no_obsolete=True, no_wrap=True, verbosity=0)
"""


def messages(path: Path) -> dict[Any, Message]:
    with path.open("rb") as source:
        return {message.id: message for message in read_po(source, locale="fr") if message.id}


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed (apt install gettext).")
def test_every_string_of_code_and_templates_is_translated(tmp_path: Path) -> None:
    copy = tmp_path / "entraide"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("*.mo", "__pycache__", "static"))
    subprocess.run([sys.executable, "-c", COLLECT], cwd=copy, check=True, timeout=120)
    wanted = set(messages(copy / "locale/fr/LC_MESSAGES/django.po"))
    kept = messages(KEPT)
    assert {each for each in wanted if each not in kept or not kept[each].string} == set()


def as_tuple(text: Any) -> tuple[str, ...]:
    """Give the forms of a message: one, or singular and plural."""
    return text if isinstance(text, tuple) else (text,)


def has_gaps_of_its_own(message: Message) -> bool:
    original, translation = as_tuple(message.id)[-1], as_tuple(message.string)[-1]
    return sorted(GAP.findall(original)) != sorted(GAP.findall(translation))


def test_each_translation_is_there_and_has_the_same_gaps() -> None:
    kept = messages(KEPT).values()
    assert [each.id for each in kept if not all(as_tuple(each.string))] == []
    assert [each.id for each in kept if each.fuzzy] == []
    assert [each.string for each in kept if has_gaps_of_its_own(each)] == []


def test_high_punctuation_never_begins_a_line() -> None:
    """A no-break space (U+00A0) belongs there."""
    alone = re.compile(r"\S [?!;»](?:\W|$)|\S :(?:\s|$)|« ")
    assert [text for each in messages(KEPT).values() for text in as_tuple(each.string) if alone.search(text)] == []


def test_apostrophes_are_those_of_print() -> None:
    """Typed ' becomes ’."""
    assert [text for each in messages(KEPT).values() for text in as_tuple(each.string) if "'" in text] == []


def test_no_template_joins_words_with_a_colon_of_its_own() -> None:
    """French sets a space before it: the filter `labelled` and the tag `colon` know."""
    joins = re.compile(r"(\}\}|%\}): ?(\{\{|\{%)")
    found = [
        f"{path.name}: {line.strip()[:80]}"
        for path in SOURCE.glob("*/templates/**/*.html")
        for line in path.read_text().splitlines()
        if joins.search(re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", "", line))
    ]
    assert found == []
