"""The documentation names what there is: every variable, every command, and pages that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entraide.config.command import COMMANDS
from entraide.config.environment import Environment, variable_of

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md") if (ROOT / name).exists())]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_each_variable_has_its_line_in_the_table_for_operators() -> None:
    page = (DOCS / "operating.md").read_text()
    missing = [name for name in map(variable_of, Environment.model_fields) if f"\n| `{name}` |" not in page]
    assert not missing


def test_no_page_names_a_variable_that_means_nothing() -> None:
    known = {variable_of(name) for name in Environment.model_fields}
    named = {name for page in PAGES for name in re.findall(r"\bENTRAIDE_[A-Z_]*[A-Z]\b", page.read_text())}
    assert not named - known


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_told_of(command: str) -> None:
    pages = (DOCS / "operating.md").read_text() + (DOCS / "developing.md").read_text()
    assert re.search(rf"\bentraide {command}\b", pages)


def test_no_page_names_a_command_that_does_not_exist() -> None:
    named = {name for page in PAGES for name in re.findall(r"`entraide ([a-z]+)", page.read_text())}
    assert not named - set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [target for target in LINK.findall(page.read_text()) if not _leads_somewhere(page, target)]
    assert not broken


def test_the_table_of_rules_names_files_that_exist() -> None:
    page = (DOCS / "developing.md").read_text()
    table = page.split("## Which rule is decided where")[1].split("\n## ")[0]
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", table)
    assert len(named) > 30
    assert not [each for each in named if not (ROOT / "entraide" / each).exists() and not (ROOT / each).exists()]


def _leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    name, _hash, anchor = target.partition("#")
    found = (page.parent / name) if name else page
    if not found.exists():
        return False
    return not anchor or anchor in {_anchor(each) for each in re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)}


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub and its like give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
