"""The documents mention what there is, and lead where they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entraide.config.command import COMMANDS
from entraide.config.environment import Environment

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", Environment.model_fields)
def test_every_setting_is_explained_to_operators(name: str) -> None:
    variable = "DATABASE_URL" if name == "database_url" else f"ENTRAIDE_{name.upper()}"
    assert f"`{variable}`" in (ROOT / "docs/operating.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_mentioned_to_operators(name: str) -> None:
    assert re.search(rf"entraide {name}\b", (ROOT / "docs/operating.md").read_text()), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_file_that_the_developers_page_names_is_there() -> None:
    text = (ROOT / "docs/developing.md").read_text()
    for name in re.findall(r"`((?:core|people|tickets|channels|sla|tests)/[\w/]+(?:\.py|/))`", text):
        assert (ROOT / name).exists() or (ROOT / "entraide" / name).exists(), name
