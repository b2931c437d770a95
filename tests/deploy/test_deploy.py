"""The examples for systemd, nginx, Caddy and containers are read by who would read them, and say what the settings expect."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from entraide.config.environment import Environment, variable_of
from tests.mail_in.certificates import certificate_for

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# systemd's own measure, from 0 (nothing can go wrong) to 10 (a service without any limits has 9.6).
EXPOSED_AT_MOST = 2.0


def unit(path: Path) -> dict[str, list[str]]:
    """Return the lines of [Service], each name with all its values."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().split("[Service]")[1].split("[Install]")[0].splitlines():
        if line and not line.startswith("#"):
            name, _equals, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_hardened_and_runs_a_command_that_exists(path: Path) -> None:
    service = unit(path)
    for name, value in {
        "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "User": "entraide",
        "CapabilityBoundingSet": "", "EnvironmentFile": "/etc/entraide.env", "UMask": "0077", "StateDirectory": "entraide",
    }.items():  # fmt: skip
        assert service[name] == [value], name
    part = path.stem.partition("-")[2] or "run"
    assert service["ExecStart"] == [f"/opt/entraide/.venv/bin/entraide {part}"]
    assert ("ExecStartPre" in service) == (part != "run")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed.")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_reads_each_unit_and_finds_it_closed(path: Path, tmp_path: Path) -> None:
    # The program is not where an operator puts it.
    here = tmp_path / path.name
    here.write_text(re.sub(r"/opt/entraide/.venv/bin/entraide", "/bin/true", path.read_text()))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(here)], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if path.name in line]
    assert not said, done.stderr
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(here)], capture_output=True, text=True
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)
    assert found, judged.stdout + judged.stderr
    assert float(found[1]) <= EXPOSED_AT_MOST


def test_the_settings_of_the_example_exist_and_fit_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = (DEPLOY / "systemd" / "entraide.env").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    assert not named - {variable_of(name) for name in Environment.model_fields}
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(f"[env]\n{text}")
    for name, value in parser["env"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert Environment().is_production


@pytest.mark.skipif(not Path("/usr/sbin/nginx").exists(), reason="nginx is not installed.")
def test_nginx_reads_its_example(tmp_path: Path) -> None:
    cert, key = certificate_for("support.example.ch", tmp_path)
    text = (DEPLOY / "nginx" / "entraide.conf").read_text()
    text = re.sub(r"ssl_certificate( +)\S+;", f"ssl_certificate {cert};", text)
    text = re.sub(r"ssl_certificate_key( +)\S+;", f"ssl_certificate_key {key};", text)
    # Ports that need no right, so that the check may run as anybody.
    text = text.replace("listen 80", "listen 18080").replace("[::]:80", "[::]:18080")
    text = text.replace("listen 443", "listen 18443").replace("[::]:443", "[::]:18443")
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "entraide.conf").write_text(text)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {folders} include {tmp_path}/entraide.conf; }}"
    )
    done = subprocess.run(["/usr/sbin/nginx", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_both_proxies_say_what_the_desk_relies_on() -> None:
    nginx = (DEPLOY / "nginx" / "entraide.conf").read_text()
    for line in (
        "proxy_set_header Host $host;", "proxy_set_header X-Forwarded-For $remote_addr;", "proxy_read_timeout 1h;",
        "proxy_set_header X-Forwarded-Proto $scheme;", "client_max_body_size 200m;", "proxy_pass http://127.0.0.1:8000;",
    ):  # fmt: skip
        assert line in nginx
    # The forms for clients' intranets say themselves who may show them; the desk says the rest.
    assert "X-Frame-Options" not in nginx and "proxy_buffering on" not in nginx
    caddy = (DEPLOY / "caddy" / "Caddyfile").read_text()
    assert "reverse_proxy 127.0.0.1:8000" in caddy and "flush_interval -1" in caddy and "max_size 200MB" in caddy
    assert caddy.count("{") == caddy.count("}")


def test_the_image_runs_as_nobody_special_and_takes_what_is_there() -> None:
    lines = re.sub(r"\\\n\s*", "", (DEPLOY / "container" / "Containerfile").read_text()).splitlines()
    steps = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    last_stage = steps[max(n for n, (what, _rest) in enumerate(steps) if what == "FROM") :]
    said = {what: rest for what, rest in last_stage}
    assert said["USER"] == "10001" and said["VOLUME"] == "/var/lib/entraide"
    assert said["CMD"] == '["run"]' and said["ENTRYPOINT"] == '["/opt/entraide/.venv/bin/entraide"]'
    known = {variable_of(name) for name in Environment.model_fields}
    assert set(re.findall(r"ENTRAIDE_[A-Z_]+", said["ENV"])) <= known
    ignored = (DEPLOY / "container" / "Containerfile.containerignore").read_text().split()
    assert {".venv", "node_modules", "var", ".git"} <= set(ignored)
