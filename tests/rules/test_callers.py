"""No function is left without a caller."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import entraide

SOURCE = Path(entraide.__file__).parent
# Called from pyproject.toml, or by tests that look into a room.
ELSEWHERE = {"main", "event_kinds", "forget"}


def test_every_function_of_a_room_is_named_where_it_is_needed() -> None:
    texts = {path: path.read_text() for path in SOURCE.rglob("*") if path.suffix in {".py", ".html"}}
    named = Counter(word for text in texts.values() for word in re.findall(r"\w+", text))
    alone = {
        f"{path.relative_to(SOURCE)}: {each.name}"
        for path, text in texts.items()
        if path.suffix == ".py" and "migrations" not in path.parts
        for each in ast.parse(text).body
        # What is decorated registers itself: a reaction, a job, a tag, a route.
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        and not each.decorator_list
        and named[each.name] == 1
        and each.name not in ELSEWHERE
    }
    assert alone == set()
