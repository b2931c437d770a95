"""The desk in processes of its own, on the database of the test, to be started, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

COMMAND = [sys.executable, "-m", "entraide.config.command"]
# A worker that goes home when the queue is empty; `entraide jobs` would wait for more.
WORKER = """
import django
django.setup()
from procrastinate.contrib.django import app
app.with_connector(app.connector.get_worker_connector()).run_worker(
    queues=["mail"], wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="never")
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command `entraide`."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, timeout=60, env=_environment("", environment))


def ingest(raw: bytes, *options: str, crash_at: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `entraide ingest`."""
    return subprocess.run(
        [*COMMAND, "ingest", *options],
        input=raw,
        capture_output=True,
        timeout=60,
        env=_environment(crash_at, environment),
    )


def work(*, crash_at: str = "") -> subprocess.CompletedProcess[bytes]:
    """Let a worker do the jobs of mail until none is due."""
    environment = _environment(crash_at, {"DJANGO_SETTINGS_MODULE": "entraide.config.settings"})
    return subprocess.run([sys.executable, "-c", WORKER], capture_output=True, timeout=60, env=environment)


@contextmanager
def mail_part(*, crash_at: str = "", **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run `entraide mail` on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    given = _environment(crash_at, {"ENTRAIDE_SMTP_PORT": str(port), **environment})
    process = subprocess.Popen([*COMMAND, "mail"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=given)
    try:
        _wait_for_greeting(port, process)
        yield process, port
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def rescue() -> None:
    """Put back what a killed worker held, as `entraide.rescue_jobs` does every minute."""
    from asgiref.sync import async_to_sync

    from entraide.core.jobs import rescue as rescue_jobs

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'")
    async_to_sync(rescue_jobs)()


def jobs_left() -> list[tuple[Any, ...]]:
    """Return the jobs of mail that are neither done nor given up on."""
    with connection.cursor() as cursor:
        # The look for forgotten mails comes by the clock, each minute: it may have come again just now.
        left = "queue_name = 'mail' AND status <> 'succeeded' AND task_name <> 'entraide.read_forgotten_mails'"
        cursor.execute(f"SELECT task_name, status FROM procrastinate_jobs WHERE {left}")
        return list(cursor.fetchall())


def make_due() -> None:
    """Make jobs that wait for their next attempt due now."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")


def _environment(crash_at: str, environment: dict[str, str]) -> dict[str, str]:
    settings = connection.settings_dict
    who, where = f"{settings['USER']}:{settings['PASSWORD']}", f"{settings['HOST']}:{settings['PORT']}"
    address = f"postgresql://{who}@{where}/{settings['NAME']}"
    return {**os.environ, "DATABASE_URL": address, "ENTRAIDE_CRASH_AT": crash_at, **environment}


def _wait_for_greeting(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as greeted:
                assert greeted.recv(4) == b"220 "
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The mail listener does not greet.")
