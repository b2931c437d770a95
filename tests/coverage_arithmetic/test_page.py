"""The page on coverage shows what the command does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from entraide.sla.calendar import Calendar
from entraide.sla.command import coverage
from entraide.sla.compute import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)


def test_the_cases_on_the_page_are_answered_as_the_page_says(tmp_path: Path) -> None:
    cases, answers = blocks("jsonl")
    (tmp_path / "cases.jsonl").write_text(cases)
    done = CliRunner().invoke(coverage, ["compute", str(tmp_path / "cases.jsonl")])
    assert done.output == answers


def test_the_calendar_on_the_page_is_accepted() -> None:
    (calendar,) = blocks("json")
    Calendar.from_json(json.loads(calendar))


def test_every_operation_is_on_the_page() -> None:
    documented = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", PAGE.read_text(), flags=re.MULTILINE))))
    assert set(OPERATIONS) <= documented
