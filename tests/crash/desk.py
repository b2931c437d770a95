"""A desk that is killed and comes back on the same ports, with the mail server that it sends to."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from psycopg.conninfo import conninfo_to_dict

from tests.cluster import Cluster
from tests.runtime.desk import Desk, entraide, free_port, processes

PASSWORD = "a long enough word for tests"
TEAMS = """
from entraide.core.scope import Scope, scoped
from entraide.people.models import Team
with scoped(Scope.everything(reason="a desk for a test")):
    for level in (1, 2):
        Team.objects.create(name=f"N{level}", level=level)
"""


class MailServer:
    """What the desk sends to: counts each Message-ID, and refuses for a while when it is told to."""

    def __init__(self) -> None:
        self.received: Counter[tuple[str, str]] = Counter()
        self.is_away = False
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.is_away:
            return "451 The mail server is being looked after"
        message = message_from_bytes(envelope.content)
        for recipient in envelope.rcpt_tos:
            self.received[message["Message-ID"], recipient] += 1
        return "250 kept"

    def close(self) -> None:
        self._controller.stop()


class MortalDesk:
    """`entraide run` with its own PostgreSQL that keeps what it said it kept (fsync on)."""

    def __init__(self, data_dir: Path, mails_to: int, **variables: str) -> None:
        self.data_dir = data_dir
        self.variables = {
            "ENTRAIDE_PORT": str(free_port()),
            "ENTRAIDE_SMTP_PORT": str(free_port()),
            "ENTRAIDE_EMAIL_URL": f"smtp://127.0.0.1:{mails_to}",
            "ENTRAIDE_LOG_LEVEL": "WARNING",
            **variables,
        }
        self.web_port, self.smtp_port = (int(self.variables[f"ENTRAIDE_{name}PORT"]) for name in ("", "SMTP_"))
        self.deaths: Counter[str] = Counter()
        self._said: list[str] = []
        self.start()

    def start(self) -> None:
        self._run = Desk(self.data_dir, **self.variables)
        self.wait_until_ready()

    def stop(self) -> None:
        self._run.clean_up()

    @property
    def said(self) -> list[str]:
        return [*self._said, *self._run.lines]

    def wait_until_ready(self, *, seconds: float = 120) -> None:
        until = time.monotonic() + seconds
        while not self.is_ready():
            if self._run.process.poll() is not None:
                raise AssertionError("The desk ended by itself:\n" + "\n".join(self.said[-40:]))
            if time.monotonic() > until:
                raise AssertionError(f"Not ready after {seconds} s:\n" + "\n".join(self.said[-40:]))
            time.sleep(0.1)

    def is_ready(self) -> bool:
        return self.page("/readyz")[0] == 200

    def page(self, path: str, **headers: str) -> tuple[int, str]:
        """Return the status and the text of a page; (0, why) where nothing answers."""
        try:
            asked = urllib.request.Request(f"http://127.0.0.1:{self.web_port}{path}", headers=headers)
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def command(self, *arguments: str) -> str:
        """Run a command of the desk and return what it said; it must end well."""
        done = entraide(*arguments, data_dir=self.data_dir, **self.variables)
        assert done.returncode == 0, f"entraide {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def people_and_token(self) -> str:
        """Make the teams and somebody who works here; return their token for the API."""
        self.command("manage", "shell", "--no-imports", "-c", TEAMS)
        self.command(
            "user", "create", "cora@desk.example", "--name", "Cora", "--organisation", "The Desk", "--supports",
            "--role", "coordinator", "--role", "technician", "--team", "N1", "--password", PASSWORD,
        )  # fmt: skip
        return self.command("token", "create", "--person", "cora@desk.example", "--name", "load")

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """Look into the desk's database from outside."""
        with psycopg.connect(self._database_url(), autocommit=True, connect_timeout=10) as connection:
            yield connection

    def _database_url(self) -> str:
        if outside := self.variables.get("DATABASE_URL"):
            return outside
        password = (self.data_dir / "postgres.password").read_text().strip()
        port = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[3]
        return f"postgresql://entraide:{password}@127.0.0.1:{port}/entraide"

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database() as connection:
            return list(connection.execute(question, values or None).fetchall())

    def kill(self, victim: str, chance: random.Random) -> None:
        """Kill one process of the desk with SIGKILL, and see that everything comes back."""
        self.deaths[victim] += 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid(victim, chance), signal.SIGKILL)
        if victim == "supervisor":
            self._run.process.wait(timeout=10)
            self._said += self._run.lines
            self._run.clean_up()
            self._wait_until_ports_are_free()
            self._run = Desk(self.data_dir, **self.variables)

    def _pid(self, victim: str, chance: random.Random) -> int:
        if victim == "supervisor":
            return self._run.process.pid
        if victim in ("web", "jobs", "mail"):
            until = time.monotonic() + 60
            while time.monotonic() < until:  # it may be on its way back from an earlier death
                if found := [pid for pid, words in processes(self._run.process.pid) if words[-1:] == [victim]]:
                    return found[0]
                time.sleep(0.05)
            raise AssertionError(f"No process {victim}:\n" + "\n".join(self.said[-40:]))
        postmaster = int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        if victim == "postgres":
            return postmaster
        # "backend": one connection's process, or the checkpointer, the writer of the journal …
        return chance.choice([pid for pid, _words in processes(postmaster)] or [postmaster])

    def _wait_until_ports_are_free(self) -> None:
        """The parts of a killed supervisor end with it, a moment later."""
        import socket

        until = time.monotonic() + 30
        for port in (self.web_port, self.smtp_port):
            while time.monotonic() < until:
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    with contextlib.suppress(OSError):
                        probe.bind(("127.0.0.1", port))
                        break
                time.sleep(0.05)


class DatabaseElsewhere(Cluster):
    """A PostgreSQL that the desk did not start and cannot start: it goes away and comes back with all it had said yes to."""

    settings = ("max_connections=200",)

    def start_with_a_database(self) -> str:
        address = self.start()
        with psycopg.connect(address.replace("/entraide", "/postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE entraide")
        return address

    def go_away(self) -> None:
        self._run("pg_ctl", "-D", self.folder, "-m", "immediate", "-w", "stop")

    def stop(self) -> None:
        with contextlib.suppress(RuntimeError):  # it may be away
            self.go_away()

    def come_back(self, address: str) -> None:
        port = conninfo_to_dict(address)["port"]
        self._run(
            "pg_ctl", "-D", self.folder, "-w", "-t", "60", "-l", self.folder / "log",
            "-o", f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", "start",
        )  # fmt: skip


VICTIMS = ("web", "jobs", "mail", "postgres", "backend", "supervisor")
