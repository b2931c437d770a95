"""A real clamd of its own for the tests, which knows one signature; and one that only pretends, to be as troublesome as a test wants."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.desk import free_port

PROGRAM = shutil.which("clamd") or "/usr/sbin/clamd"
# The harmless file by which scanners are tried, in two pieces: whole, it would be found in this very file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
FOUND = "Eicar-Test-Signature"
LONGEST_BYTES = 2 * 1024 * 1024

CONFIGURATION = """
Foreground yes
LogFile {folder}/log
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
LocalSocket {folder}/socket
TCPSocket {port}
TCPAddr 127.0.0.1
StreamMaxLength {longest}
MaxThreads 4
"""


class Clamd:
    """`place` is what ENTRAIDE_CLAMD says."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clamd-"))
        self.port = free_port()
        (self.folder / "signatures").mkdir()
        (self.folder / "signatures" / "tests.ndb").write_text(f"{FOUND}:0:*:{EICAR.hex()}\n")
        (self.folder / "clamd.conf").write_text(
            CONFIGURATION.format(folder=self.folder, port=self.port, longest=LONGEST_BYTES)
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> str:
        return f"unix:{self.folder}/socket"

    @property
    def by_tcp(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [PROGRAM, "--config-file", str(self.folder / "clamd.conf")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < until and self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.connect(f"{self.folder}/socket")
            link.sendall(b"zPING\0")
            return link.recv(10) == b"PONG\0"
        return False


@pytest.fixture(scope="module")
def real_clamd() -> Iterator[Clamd]:
    if not os.path.exists(PROGRAM) and os.environ.get("CI") != "true":
        pytest.skip("clamd is not installed (apt install clamav-daemon).")
    clamd = Clamd()
    clamd.start()
    yield clamd
    clamd.stop()
    shutil.rmtree(clamd.folder, ignore_errors=True)


class FakeClamd:
    """Answers each connection with `answer`, after having read what came; None: hangs up without a word."""

    def __init__(self, answer: bytes | None = b"stream: OK\0") -> None:
        self.answer = answer
        self.read_all = True
        self.streams: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._server.getsockname()[1]}"

    def stop(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _peer = self._server.accept()
                with contextlib.suppress(OSError), link:
                    self._talk(link)

    def _talk(self, link: socket.socket) -> None:
        heard = link.makefile("rb")
        command = b""
        while not command.endswith(b"\0"):
            command += heard.read(1)
        if command == b"zINSTREAM\0" and self.read_all:
            stream = b""
            while size := struct.unpack(">I", heard.read(4))[0]:
                stream += heard.read(size)
            self.streams.append(stream)
        if self.answer is not None:
            link.sendall(self.answer)
