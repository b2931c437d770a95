"""`entraide doctor`: what is not well is found, with what to do about it."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection

from entraide.channels.email.models import IncomingMail
from entraide.config import doctor as examined
from entraide.config.doctor import Finding, doctor, examine
from entraide.config.environment import Environment
from entraide.core.clock import now
from tests.runtime.desk import entraide, free_port

pytestmark = pytest.mark.django_db


def found(what: str, **settings: Any) -> Finding:
    """Return the one finding that says this."""
    [finding] = [each for each in examine(Environment(**settings)) if what in each.what]
    return finding


def a_worker_runs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def test_a_desk_without_worker_is_bad_and_exits_with_one() -> None:
    finding = found("No worker runs; jobs that wait: 0.")
    assert (finding.verdict, finding.advice) == ("bad", "Start `entraide run` or `entraide jobs`.")
    done = CliRunner().invoke(doctor)
    assert done.exit_code == 1
    assert "BAD   No worker runs; jobs that wait: 0.\n      → Start `entraide run`" in done.output


def test_a_desk_where_nothing_is_bad_exits_with_zero() -> None:
    a_worker_runs()
    done = CliRunner().invoke(doctor)
    assert done.exit_code == 0
    assert "BAD" not in done.output
    assert "Workers that run: 1" in done.output


def test_a_worker_that_fell_silent_does_not_count() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes')")
    assert found("No worker runs").verdict == "bad"


def test_a_disk_that_is_nearly_full_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10, 9, 1024**3)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert found("1.0 GiB are free").verdict == "bad"


def test_a_clock_that_was_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRAIDE_CLOCK", "2026-03-02T08:00:00+01:00")
    finding = found("The clock of the desk is set: it is 2026-03-02 07:00 UTC.")
    assert finding.verdict == "warn"


def test_a_clock_that_differs_from_the_databases_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examined, "now", lambda: now() + timedelta(minutes=1))
    assert found("The clocks of this machine and of the database differ.").verdict == "warn"


def test_a_mail_server_that_does_not_answer_is_bad(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    finding = found("The outgoing mail server does not answer", email_url="smtp://127.0.0.1")
    assert (finding.verdict, finding.advice) == ("bad", "Check ENTRAIDE_EMAIL_URL.")


def test_a_listener_that_answers_is_well_and_one_that_does_not_is_told() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert found("The mail listener answers", smtp_port=port).verdict == "ok"
    assert found("No mail listener answers", smtp_port=free_port()).verdict == "warn"
    assert not [each for each in examine(Environment(smtp_port=0)) if "listener" in each.what]


def test_mail_in_quarantine_and_mail_that_nobody_reads_are_told() -> None:
    an_hour_ago = now() - timedelta(hours=1)
    for outcome in (IncomingMail.Outcome.QUARANTINED, IncomingMail.Outcome.WAITING):
        IncomingMail.objects.create(
            raw=b"x", door="smtp", fingerprint=outcome, size_bytes=1, outcome=outcome, received_at=an_hour_ago
        )
    assert found("Mails in quarantine: 1.").verdict == "warn"
    assert found("1 mails wait to be read").verdict == "bad"


def test_a_desk_that_was_never_set_up_is_told_what_to_run(data_dir: Path) -> None:
    done = entraide("doctor", data_dir=data_dir)
    assert done.returncode == 1
    assert "Run `entraide migrate`." in done.stdout
    assert done.stderr == ""


def test_translations_that_are_missing_or_old_are_told(settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    settings.LOCALE_PATHS = [tmp_path]
    (folder / "django.po").touch()
    finding = found("The translations (fr) are not compiled: people read English.")
    assert (finding.verdict, finding.advice) == ("warn", "Run `make install`, then start the desk again.")
    (folder / "django.mo").touch()
    os.utime(folder / "django.mo", (1, 1))
    assert found("The translations (fr) are older than their texts").verdict == "warn"
    os.utime(folder / "django.po", (1, 1))
    assert not [each for each in examine(Environment()) if "translations" in each.what]
