"""A program elsewhere: a real HTTP server on this machine that keeps what it is sent and answers as the test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Message:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


class Receiver:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 200
        self.answer = b"thank you"
        self.headers: dict[str, str] = {}
        # Seconds before the answer, and between its bytes.
        self.delay_s = 0.0
        self.drip_s = 0.0
        self.server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook?key=a%20b"

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.messages.append(Message(self.path, dict(self.headers), body))
                time.sleep(receiver.delay_s)
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    if receiver.drip_s:
                        for _ in range(2000):
                            self.wfile.write(b"x")
                            self.wfile.flush()
                            time.sleep(receiver.drip_s)
                    self.wfile.write(receiver.answer)
                except OSError:
                    return

            def log_message(self, format: str, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
