"""Logs tell what happened, in a form for people or for machines, and never what people wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BREAK = """
import logging, logging.config, sys
from entraide.config.logs import logging_config
logging.config.dictConfig(logging_config(level="INFO", format=sys.argv[1]))
def read(words):
    raise KeyError("unknown charset")
try:
    read("mot de passe: " + "tulipe")
except KeyError:
    logging.getLogger("entraide.mail").exception("A mail was not read.", extra={"mail": 42, "color_message": "x"})
"""


def said(form: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BREAK, form], capture_output=True, text=True, timeout=60, check=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    return done.stderr


def test_a_line_for_machines_is_one_json_object_with_the_traceback() -> None:
    [line] = said("json").splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"], told["mail"]) == (
        "A mail was not read.", "error", "entraide.mail", 42,
    )  # fmt: skip
    assert "in read" in told["exception"]
    assert "color_message" not in told


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_where_it_broke_and_no_values(form: str) -> None:
    told = said(form)
    assert "A mail was not read." in told
    assert "unknown charset" in told
    assert "tulipe" not in told.replace('"tulipe"', "")
