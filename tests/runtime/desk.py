"""`entraide` as an operator starts it: in processes of their own, with a data folder and ports of their own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from entraide.config.environment import EMBEDDED

COMMAND = [sys.executable, "-m", "entraide.config.command"]


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    """Return the environment of an operator who set only these variables: not the one of the tests."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ENTRAIDE_", "PYTEST_", "DJANGO_")) and name not in ("DATABASE_URL", EMBEDDED)
    }
    return {**plain, "ENTRAIDE_DATA_DIR": str(data_dir), **variables}


def entraide(
    *arguments: str, data_dir: Path, cwd: Path | None = None, seconds: float = 60, input: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], env=environment(data_dir, **variables), cwd=cwd, text=True, capture_output=True,
        input=input.decode("latin-1"), timeout=seconds,
    )  # fmt: skip


class Desk:
    """`entraide run` on free ports; `lines` is what it said so far."""

    def __init__(self, data_dir: Path, *options: str, **variables: str) -> None:
        self.data_dir, self.web_port, self.smtp_port = data_dir, free_port(), free_port()
        given = {"ENTRAIDE_PORT": str(self.web_port), "ENTRAIDE_SMTP_PORT": str(self.smtp_port), **variables}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*COMMAND, "run", *options], env=environment(data_dir, **given), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def said(self, pattern: str, *, seconds: float = 40) -> re.Match[str]:
        """Return the match as soon as a line has it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in tuple(self.lines):
                if found := re.search(pattern, line):
                    return found
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.02)
        raise AssertionError(f"No line says {pattern!r}:\n" + "\n".join(self.lines))

    def part(self, name: str) -> int:
        """Return the process number of a part."""
        [found] = [pid for pid, words in processes(self.process.pid) if words[-1:] == [name]]
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop and return its exit status."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        self._reader.join(timeout=10)
        return status

    def clean_up(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip())


def processes(parent: int) -> list[tuple[int, list[str]]]:
    """Return (number, words of the command) of the children of a process."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append((int(folder.name), _words(folder)))
    return found


def left_of(data_dir: Path) -> list[list[str]]:
    """Return the commands of all processes that still have to do with this data folder."""
    mark, left = str(data_dir).encode(), []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                is_of_it = mark in (folder / "environ").read_bytes() or mark in (folder / "cmdline").read_bytes()
                if is_of_it and (folder / "cmdline").read_bytes():
                    left.append(_words(folder))
    return left


def nothing_left_of(data_dir: Path, *, seconds: float = 10) -> bool:
    """Tell whether every process of this data folder is gone, within these seconds."""
    until = time.monotonic() + seconds
    while left_of(data_dir):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _words(folder: Path) -> list[str]:
    return (folder / "cmdline").read_text().rstrip("\0").split("\0")
