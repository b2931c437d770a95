"""What an operator sets is checked at start, and each mistake gets one line that says what to do."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from entraide.config.environment import Environment, problems, unknown_variables, variable_of
from tests.runtime.desk import entraide


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("ENTRAIDE_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ENTRAIDE_DATA_DIR", str(tmp_path))
    return monkeypatch


def lines(operator: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        operator.setenv(name, value)
    with pytest.raises(ValidationError) as raised:
        Environment()
    return problems(raised.value)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ENTRAIDE_MODE", "staging", "'development' or 'production'"),
        ("ENTRAIDE_PORT", "http", "valid integer"),
        ("ENTRAIDE_PORT", "70000", "less than or equal to 65535"),
        ("ENTRAIDE_WEB_WORKERS", "0", "greater than or equal to 1"),
        ("ENTRAIDE_TIME_ZONE", "Geneva", "use a name such as Europe/Zurich"),
        ("ENTRAIDE_LANGUAGE", "de", "'fr' or 'en'"),
        ("ENTRAIDE_TICKET_PREFIX", "ent-", "match pattern"),
        ("ENTRAIDE_CLOCK", "yesterday", "neither an instant"),
        ("ENTRAIDE_CLOCK", "2026-03-02T08:00:00", "needs a zone"),
        ("ENTRAIDE_BASE_URL", "support.example.ch", "not a web address"),
        ("ENTRAIDE_MAIL_DOMAIN", "support@example.ch", "not a mail domain"),
        ("ENTRAIDE_SUPPORT_ADDRESS", "support", "not a mail address"),
        ("ENTRAIDE_EMAIL_URL", "mail.example.ch", "write smtp://"),
        ("ENTRAIDE_EMAIL_URL", "smtp://mail.example.ch?tls=maybe", "starttls, tls or none"),
        ("ENTRAIDE_TRUSTED_PROXIES", "127.0.0.1, nginx", "not an address or a network"),
        ("ENTRAIDE_SMTP_TLS_CERT", "/nowhere/cert.pem", "no file /nowhere/cert.pem"),
        ("ENTRAIDE_BASE_URL", "https://support.example.ch:web", "not a web address"),
        ("ENTRAIDE_BASE_URL", "https://example.ch/support", "a host name of its own"),
        ("ENTRAIDE_EMAIL_URL", "smtp://mail.example.ch:smtp", "write smtp://"),
        ("ENTRAIDE_EMAIL_BACKEND", "anymail.backends.mailgnu.EmailBackend", "there is no 'anymail.backends.mailgnu"),
        ("ENTRAIDE_EMAIL_BACKEND", "mailgun", "there is no 'mailgun'"),
        ("DATABASE_URL", "mysql://root@localhost/entraide", "only PostgreSQL"),
        ("DATABASE_URL", "postgresql://desk@localhost:sql/entraide", "write postgresql://"),
        ("DATABASE_URL", "postgresql://desk@localhost:70000/entraide", "write postgresql://"),
        ("DATABASE_URL", "postgresql://desk@localhost/entraide?sslmod=require", "write postgresql://"),
    ],
)
def test_a_wrong_setting_gets_one_line_that_names_it(
    operator: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    [line] = lines(operator, **{variable: value})
    assert line.startswith(f"{variable}")
    assert said in line
    assert line.count(variable) == 1


def test_every_mistake_is_told_at_once(operator: pytest.MonkeyPatch) -> None:
    told = lines(operator, ENTRAIDE_PORT="x", ENTRAIDE_TIME_ZONE="x", DATABASE_URL="x")
    assert [line.split(":")[0] for line in told] == ["DATABASE_URL", "ENTRAIDE_PORT", "ENTRAIDE_TIME_ZONE"]


def test_production_needs_a_key_a_mail_server_and_the_true_time(operator: pytest.MonkeyPatch) -> None:
    told = lines(
        operator, ENTRAIDE_MODE="production", DATABASE_URL="postgresql:///entraide", ENTRAIDE_CLOCK="+3d",
        ENTRAIDE_CRASH_AT="intake",
    )  # fmt: skip
    wanted = ("ENTRAIDE_CLOCK", "ENTRAIDE_CRASH_AT", "ENTRAIDE_SECRET_KEY", "ENTRAIDE_EMAIL_URL")
    assert len(told) == len(wanted)
    assert all(name in line for name, line in zip(wanted, told, strict=True))


def test_certificate_and_key_go_together(operator: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.touch()
    [line] = lines(operator, ENTRAIDE_SMTP_TLS_CERT=str(certificate))
    assert "set both or neither" in line


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ENTRAIDE_EMAIL_URL", "smpt://desk:tulipe@mail.example.ch"),
        ("ENTRAIDE_EMAIL_URL", "smtp://desk:tulipe#1@mail.example.ch"),
        ("DATABASE_URL", "postgresql://desk:tulipe%@localhost/entraide"),
        ("DATABASE_URL", "postgres//desk:tulipe@localhost/entraide"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(operator: pytest.MonkeyPatch, variable: str, value: str) -> None:
    [line] = lines(operator, **{variable: value})
    assert line.startswith(variable)
    assert "tulipe" not in line


def test_any_mail_backend_that_is_installed_will_do(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("ENTRAIDE_EMAIL_BACKEND", "anymail.backends.mailgun.EmailBackend")
    assert Environment().email_backend.startswith("anymail")


def test_an_empty_variable_means_the_default(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("ENTRAIDE_PORT", "")
    operator.setenv("ENTRAIDE_SUPPORT_ADDRESS", "")
    found = Environment()
    assert (found.port, found.support_address) == (8000, "support@entraide.localhost")


def test_lists_are_written_with_commas(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("ENTRAIDE_ALLOWED_HOSTS", "desk.example.ch, support.example.ch")
    assert Environment().allowed_hosts == ["desk.example.ch", "support.example.ch"]


def test_the_web_address_of_an_ipv6_host_has_brackets(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("ENTRAIDE_HOST", "::1")
    assert Environment().base_url == "http://[::1]:8000"


def test_the_secret_key_is_made_once_and_kept_from_others(operator: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = Environment().key
    assert len(first) >= 50
    assert Environment().key == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_slip_of_the_pen_is_noticed(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("ENTRAIDE_PROT", "9000")
    assert unknown_variables() == ["ENTRAIDE_PROT"]


def test_every_setting_is_listed_with_its_meaning_and_without_secrets(data_dir: Path) -> None:
    done = entraide(
        "settings", data_dir=data_dir, ENTRAIDE_SECRET_KEY="tulipe", ENTRAIDE_PORT="8123", ENTRAIDE_PROT="9000"
    )
    assert done.returncode == 0
    told = done.stdout.splitlines()
    assert len(told) == 2 * len(Environment.model_fields)
    assert all(meaning.strip() for meaning in told[1::2])
    assert "ENTRAIDE_PORT=8123" in told
    assert "ENTRAIDE_SECRET_KEY=(set)" in told
    assert "tulipe" not in done.stdout
    assert "ENTRAIDE_PROT" in done.stderr


@pytest.mark.parametrize("name", Environment.model_fields)
def test_every_setting_is_in_the_operators_guide(name: str) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
    assert f"`{variable_of(name)}`" in guide.read_text()
