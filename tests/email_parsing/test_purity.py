"""The reading of a mail knows neither Django nor the clock."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import entraide.channels.email.parsing as package

FILES = sorted(Path(package.__file__).parent.glob("*.py"))


def test_no_django_comes_along() -> None:
    modules = ", ".join(f"entraide.channels.email.parsing.{file.stem}" for file in FILES if file.stem != "__init__")
    code = f"import sys, {modules}; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nobody_looks_at_the_clock() -> None:
    for file in FILES:
        calls = {node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)}
        assert not calls & {"now", "today", "utcnow", "time"}, file.name
