"""What is installed is pinned by version and hash; the lock files carry no download addresses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ("requirements.lock", "requirements-test.lock", "requirements-build.lock")


@pytest.mark.parametrize("name", PYTHON)
def test_each_python_package_has_a_version_and_a_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    for package in re.sub(r"\\\n\s+", "", text).splitlines():
        assert re.match(r"[a-z0-9._-]+==\S+", package), package
        assert "--hash=sha256:" in package


def test_each_front_end_package_has_a_version_and_a_hash() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert "://" not in text
    packages = {name: about for name, about in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(about["version"] and about["integrity"].startswith("sha512-") for about in packages.values())


def test_the_front_end_lock_file_is_the_one_of_the_package_file() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"][""]
    assert locked["dependencies"] == wanted["dependencies"]
    assert locked["devDependencies"] == wanted["devDependencies"]
