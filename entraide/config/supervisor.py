"""`entraide run`: everything on one machine, under one roof."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

import click

from entraide.config.assets import require_assets
from entraide.config.database import EmbeddedDatabase, wait_until_reachable
from entraide.config.environment import Environment
from entraide.core.trouble import Trouble

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STABLE_AFTER_S = 60.0
STOPPING_TAKES_S = 9.0
PR_SET_PDEATHSIG = 1


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
    restarts: int = field(default=0)


class Supervisor:
    """Starts the parts, starts a crashed one again, and stops all of them, the database last."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.parts = [Part("web"), Part("jobs"), Part("mail")]
        self._stopping = threading.Event()
        self._desk_lock: IO[str] | None = None

    def run(self, *, demo: bool) -> None:
        began = time.monotonic()
        require_assets()
        self._require_free_ports()
        self._claim_the_desk()
        database = None
        if self.environment.database_url:
            wait_until_reachable(self.environment.database_url, seconds=30)
        else:
            database = EmbeddedDatabase(self.environment.data_dir)
            os.environ["DATABASE_URL"] = database.acquire()
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, self._on_signal)
            self._prepare(demo=demo)
            if not self._stopping.is_set():
                for part in self.parts:
                    self._start(part)
                self._wait_until_ready()
                self._tell(began)
            self._watch()
        finally:
            self._stop_all()
            if database is not None:
                database.release()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _require_free_ports(self) -> None:
        wanted = [("web server", self.environment.host, self.environment.port, "ENTRAIDE_PORT")]
        if self.environment.smtp_port:
            wanted.append(
                ("mail listener", self.environment.smtp_host, self.environment.smtp_port, "ENTRAIDE_SMTP_PORT")
            )
        for what, host, port, variable in wanted:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise Trouble(
                        f"The {what} cannot listen on {host}:{port} ({error.strerror}): stop what uses it, or set {variable}."
                    ) from error

    def _claim_the_desk(self) -> None:
        folder = self.environment.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._desk_lock = (folder / "running").open("a+")
        except OSError as error:
            raise Trouble(
                f"The data folder {folder} cannot be written ({error.strerror}): mend its rights, or set ENTRAIDE_DATA_DIR."
            ) from error
        try:
            fcntl.flock(self._desk_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"Entraide runs already in {folder}: stop it first, or set ENTRAIDE_DATA_DIR.") from None

    def _prepare(self, *, demo: bool) -> None:
        """Migrate, and fill an empty desk, in a process of its own: this one stays small."""
        steps = [["migrate"]]
        if demo:
            steps.append(["demo", "--if-empty"])
        for step in steps:
            done = subprocess.run([sys.executable, "-m", "entraide.config.command", *step], stdout=subprocess.DEVNULL)
            if self._stopping.is_set():
                return
            if done.returncode:
                raise Trouble(f"`entraide {' '.join(step)}` failed: see above.")

    def _start(self, part: Part) -> None:
        part.process = subprocess.Popen(
            [sys.executable, "-m", "entraide.config.command", part.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        part.started_at = time.monotonic()
        threading.Thread(target=_relay, args=(part.name, part.process.stdout), daemon=True).start()

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            for part in self.parts:
                self._keep_running(part)

    def _keep_running(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is not None:
            if part.process.poll() is None:
                if now - part.started_at > STABLE_AFTER_S:
                    part.pause_s = FIRST_PAUSE_S
                return
            _say(
                "entraide", f"{part.name} stopped with {_ending(part.process.returncode)}; again in {part.pause_s:g} s"
            )
            part.process, part.start_again_at = None, now + part.pause_s
            part.pause_s = min(part.pause_s * 2, LONGEST_PAUSE_S)
        elif now >= part.start_again_at:
            part.restarts += 1
            self._start(part)

    def _wait_until_ready(self) -> None:
        """Return when the web server answers and the mail listener greets (or somebody asks to stop)."""
        wanted = [(self.environment.host, self.environment.port)]
        if self.environment.smtp_port:
            wanted.append((self.environment.smtp_host, self.environment.smtp_port))
        until = time.monotonic() + 60
        while wanted and time.monotonic() < until and not self._stopping.is_set():
            wanted = [each for each in wanted if not _answers(*each)]
            for part in self.parts:
                self._keep_running(part)
            if wanted:
                self._stopping.wait(0.05)

    def _tell(self, began: float) -> None:
        _say("entraide", f"ready in {time.monotonic() - began:.1f} s")
        _say("entraide", f"open {self.environment.base_url}/")
        if self.environment.smtp_port:
            _say(
                "entraide",
                f"mail to {self.environment.support_address} on {self.environment.smtp_host}:{self.environment.smtp_port}",
            )
        if self.environment.is_production:
            return
        done = subprocess.run(
            [sys.executable, "-m", "entraide.config.command", "demo", "--sign-ins"], capture_output=True, text=True
        )
        for line in done.stdout.splitlines():
            _say("demo", line)

    def _stop_all(self) -> None:
        running = [part.process for part in self.parts if part.process is not None]
        for process in running:
            _signal_group(process, signal.SIGTERM)
        until = time.monotonic() + STOPPING_TAKES_S
        for process in running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
            # What the part itself left behind (a web worker) goes with it.
            _signal_group(process, signal.SIGKILL)
        if running:
            _say("entraide", "stopped")


def _die_with_parent() -> None:
    """Let the kernel stop this part if the supervisor is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _relay(name: str, source: IO[str] | None) -> None:
    for line in source or ():
        _say(name, line.rstrip())


def _say(name: str, line: str) -> None:
    print(f"{name:>8} | {line}", flush=True)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
