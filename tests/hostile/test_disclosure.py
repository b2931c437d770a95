"""Who finds a hole knows whom to tell, and who runs a desk knows what it is made of."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import cyclonedx
import jsonschema_rs
import pytest
from django.test import Client
from pydantic import ValidationError

from entraide.config.environment import Environment
from entraide.core.clock import now

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("security@example.ch", "mailto:security@example.ch"),
        ("https://example.ch/security", "https://example.ch/security"),
        ("mailto:security@example.ch", "mailto:security@example.ch"),
    ],
)
def test_security_txt_says_whom_to_tell(client: Client, settings: Any, contact: str, said: str) -> None:
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"security_contact": contact})
    answer = client.get("/.well-known/security.txt")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"] == said
    assert fields["Canonical"].endswith("/.well-known/security.txt")
    ends = datetime.fromisoformat(fields["Expires"])
    assert 100 < (ends - now()).days < 365, "RFC 9116: less than a year"


@pytest.mark.django_db
def test_without_a_contact_there_is_no_security_txt(client: Client) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize(
    "wrong", ["nobody", "http://example.ch", "a@b.ch\nContact: x@y.example", "javascript:x", "a b@c.ch"]
)
def test_what_is_no_contact_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("ENTRAIDE_SECURITY_CONTACT", wrong)
    with pytest.raises(ValidationError, match="is no contact"):
        Environment()


def test_there_is_a_page_about_telling_of_holes() -> None:
    assert "Telling of a hole" in (ROOT / "SECURITY.md").read_text()


def test_the_list_of_parts_names_everything_that_is_pinned_and_is_the_same_each_time() -> None:
    target = ROOT / "build" / "sbom.cdx.json"
    written = []
    for _time in range(2):
        subprocess.run([sys.executable, ROOT / "scripts" / "sbom"], check=True, capture_output=True)
        written.append(target.read_text())
    assert written[0] == written[1]
    bom = json.loads(written[0])
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert (
        bom["metadata"]["component"]["version"]
        == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    )
    listed = {(each["name"], each["version"]) for each in bom["components"] if each["purl"].startswith("pkg:pypi/")}
    pinned = set(
        re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )
    assert listed == pinned and len(pinned) > 50
    assert all(each["hashes"] for each in bom["components"])
    shipped = {
        each["purl"].partition("@")[0] if "%40" not in each["purl"] else each["purl"] for each in bom["components"]
    }
    assert any("tabler" in each for each in shipped) and not any("axe-core" in each for each in shipped)
    assert _faults(bom) == []


def _faults(bom: Any) -> list[str]:
    """Return what the schema of CycloneDX has against it."""
    folder = Path(cyclonedx.__file__).parent / "schema" / "_res"
    names = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    parts = [(f"http://cyclonedx.org/schema/{name}", json.loads((folder / name).read_text())) for name in names]
    whole = json.loads((folder / "bom-1.6.SNAPSHOT.schema.json").read_text())
    schema = jsonschema_rs.validator_for(whole, registry=jsonschema_rs.Registry(parts))
    return [fault.message for fault in schema.iter_errors(bom)]
