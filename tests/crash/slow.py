"""A line to a server that lets little through, or nothing any more."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

CHUNK_BYTES = 256


class SlowLine:
    """Listens on `port` and passes on to another one: answers come at `bytes_per_s`, and none any more after `stall_after` bytes."""

    def __init__(self, to_port: int, *, bytes_per_s: float) -> None:
        self.bytes_per_s = bytes_per_s
        self.stall_after: int | None = None
        self.passed_bytes = 0
        self._to_port = to_port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _peer = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self._to_port))
                threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, slowly: bool) -> None:
        with suppress(OSError), source, target:
            while chunk := source.recv(CHUNK_BYTES):
                if slowly:
                    self.passed_bytes += len(chunk)
                    time.sleep(len(chunk) / self.bytes_per_s)
                    while self.stall_after is not None and self.passed_bytes > self.stall_after:
                        time.sleep(0.05)
                target.sendall(chunk)
