"""`entraide run`: everything on one machine, under one roof."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType
from typing import IO

import click

from entraide.config.assets import require_assets
from entraide.config.database import EmbeddedDatabase, require_writable, wait_until_reachable
from entraide.config.environment import Environment, unknown_variables
from entraide.core.trouble import Trouble

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STABLE_AFTER_S = 60.0
STOPPING_TAKES_S = 9.0
READY_AFTER_S = 60.0
LOOK_EVERY_S = 0.2


@click.command()
@click.option("--demo", is_flag=True, help="Load the demo data if the desk is empty.")
def run(demo: bool) -> None:
    """Run everything: database, web, jobs and mail. Ctrl-C stops all of it."""
    Supervisor(Environment()).run(demo=demo)


@dataclass
class Part:
    """One process that is kept running."""

    name: str
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    start_again_at: float = 0.0


class Supervisor:
    """Starts the parts, starts a crashed one again, and stops all of them, the database last."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.parts = [Part("web"), Part("jobs"), Part("mail")]
        self.database = None if environment.database_url else EmbeddedDatabase(environment.data_dir)
        self._look_at_database_at = 0.0
        self._stopping = threading.Event()
        self._desk_lock: IO[str] | None = None

    def run(self, *, demo: bool) -> None:
        began = time.monotonic()
        if demo and self.environment.is_production:
            raise Trouble("The demo has passwords that everybody knows: it is for ENTRAIDE_MODE=development.")
        require_assets()
        self._claim_the_desk()
        self._require_free_ports()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # Under nohup the end of the terminal is not the end of the desk.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        for name in unknown_variables():
            _say("entraide", f"{name} is set but means nothing: see `entraide settings`.")
        try:
            self._connect()
            self._prepare(demo=demo)
            for part in self.parts:
                self._start(part)
            self._wait_until_ready(began)
            self._watch()
        except _AskedToStop:
            pass
        finally:
            self._stop_all()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _claim_the_desk(self) -> None:
        folder = self.environment.data_dir
        require_writable(folder)
        self._desk_lock = (folder / "running").open("a")
        try:
            fcntl.flock(self._desk_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"Entraide runs already in {folder}: stop it first, or set ENTRAIDE_DATA_DIR.") from None

    def _require_free_ports(self) -> None:
        for what, host, port, variable in self._doors():
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise Trouble(
                        f"The {what} cannot listen on {host}:{port} ({error.strerror}): "
                        f"stop what uses it, or set {variable}."
                    ) from error

    def _doors(self) -> list[tuple[str, str, int, str]]:
        """Return (what, host, port, variable) of what the parts listen on."""
        environment = self.environment
        doors = [("web server", environment.host, environment.port, "ENTRAIDE_PORT")]
        if environment.smtp_port:
            doors.append(("mail listener", environment.smtp_host, environment.smtp_port, "ENTRAIDE_SMTP_PORT"))
        return doors

    def _connect(self) -> None:
        if self.database is None:
            wait_until_reachable(self.environment.database_url, seconds=max(30, self.environment.database_wait))
        else:
            self.database.acquire_for_all()

    def _prepare(self, *, demo: bool) -> None:
        """Migrate, and fill an empty desk, in a process of its own: this one stays small."""
        step = ["demo", "--if-empty"] if demo else ["migrate"]
        process = subprocess.Popen(
            _command(*step), env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        slow_at = time.monotonic() + 3
        while process.poll() is None:
            if self._stopping.wait(0.02):
                process.terminate()
                process.wait()
                raise _AskedToStop
            if slow_at and time.monotonic() > slow_at:
                slow_at = 0
                long = "a minute or two: 400 tickets are told" if demo else "a while"
                _say("entraide", f"the desk is made ready; the first time this takes {long}")
        if process.returncode:
            raise Trouble(f"`entraide {' '.join(step)}` failed: see above.")

    def _start(self, part: Part) -> None:
        part.process = subprocess.Popen(
            _command(part.name), env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        part.started_at = time.monotonic()
        threading.Thread(target=_relay, args=(part.name, part.process.stdout), daemon=True).start()

    def _wait_until_ready(self, began: float) -> None:
        """Return when the web server answers and the mail listener greets, and say so. Raises _AskedToStop."""
        wanted = self._doors()
        until = time.monotonic() + READY_AFTER_S
        while wanted and time.monotonic() < until:
            wanted = [door for door in wanted if not _answers(*door[:3])]
            self._look_after_all()
            if self._stopping.wait(0.05 if wanted else 0):
                raise _AskedToStop
        if wanted:
            _say("entraide", f"the {wanted[0][0]} does not answer yet: its lines above say why")
        else:
            _say("entraide", f"ready in {time.monotonic() - began:.1f} s")
        self._tell()

    def _tell(self) -> None:
        environment = self.environment
        _say("entraide", f"open {environment.base_url}/")
        if environment.smtp_port:
            where = f"{environment.smtp_host}:{environment.smtp_port}"
            _say("entraide", f"mail to {environment.support_address} by SMTP on {where}")
        if not environment.is_production:
            done = subprocess.run(_command("demo", "--sign-ins"), env=_environment(), capture_output=True, text=True)
            for line in done.stdout.splitlines():
                _say("demo", line)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            self._look_after_all()

    def _look_after_all(self) -> None:
        self._look_after_database()
        for part in self.parts:
            self._look_after(part)

    def _look_after(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is not None:
            if part.process.poll() is None:
                if now - part.started_at > STABLE_AFTER_S:
                    part.pause_s = FIRST_PAUSE_S
                return
            # What it left behind (workers of the web server) would keep its port.
            _signal_group(part.process, signal.SIGKILL)
            ending = _ending(part.process.returncode)
            _say("entraide", f"{part.name} stopped with {ending}; it starts again in {part.pause_s:g} s")
            part.process, part.start_again_at = None, now + part.pause_s
            part.pause_s = min(part.pause_s * 2, LONGEST_PAUSE_S)
        elif now >= part.start_again_at:
            self._start(part)

    def _look_after_database(self) -> None:
        if self.database is None or time.monotonic() < self._look_at_database_at:
            return
        self._look_at_database_at = time.monotonic() + 1
        try:
            if self.database.revive():
                _say("entraide", "the database had stopped; it runs again")
        except Trouble as trouble:
            self._look_at_database_at = time.monotonic() + 2
            _say("entraide", str(trouble))

    def _stop_all(self) -> None:
        running = [part.process for part in self.parts if part.process is not None]
        for process in running:
            _signal_group(process, signal.SIGTERM)
        until = time.monotonic() + STOPPING_TAKES_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            # What does not stop, and what a part left behind.
            _signal_group(process, signal.SIGKILL)
            process.wait()
        if self.database is not None:
            self.database.release()
        if running:
            _say("entraide", "stopped")


class _AskedToStop(Exception):
    """Somebody pressed Ctrl-C, or the system stops."""


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "entraide.config.command", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", "_ENTRAIDE_SUPERVISOR": str(os.getpid())}


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _relay(name: str, source: IO[str] | None) -> None:
    for line in source or ():
        _say(name, line.rstrip())


def _say(name: str, line: str) -> None:
    # Whoever read us may be gone; the parts go on, and must not wait for a full pipe.
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{name:>8} | {line}\n")
        sys.stdout.flush()


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"


def _answers(what: str, host: str, port: int) -> bool:
    """Tell whether the part says something: that its port is open is not enough."""
    # 0.0.0.0 and :: mean every address of this machine: loopback is one of them.
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    hello = b"HEAD /account/login/ HTTP/1.0\r\nHost: localhost\r\n\r\n" if what == "web server" else b""
    try:
        with socket.create_connection((reachable, port), timeout=3) as connection:
            connection.sendall(hello)
            return bool(connection.recv(1))
    except OSError:
        return False
