"""Clients that send a byte now and then: they are heard out for a while, and hold up nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# A request's first line and headers: a browser sends them at once.
HEADERS_S = 30.0
# A body may take its time as long as it comes: so many bytes a second on average, once it is older than this.
BODY_S = 30.0
BODY_BYTES_A_SECOND = 500
LOOK_EVERY_S = 5.0
CONNECTIONS_WANTED = 65_536
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def allow_many_connections() -> None:
    """Let this process have as many connections open as the system gives it: open pages and slow clients are one each."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_WANTED if most == resource.RLIM_INFINITY else min(most, CONNECTIONS_WANTED)
    if usual != resource.RLIM_INFINITY and usual < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class PatientProtocol(H11Protocol):
    """uvicorn's own, with an end to its patience: it waits for a request for as long as the client likes."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._waits_since = self.loop.time()
        self._body_since: float | None = None
        self._body_bytes = 0
        self._next_look: asyncio.TimerHandle | None = self.loop.call_later(LOOK_EVERY_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.SEND_BODY:
            self._body_since = self._body_since or self.loop.time()
            self._body_bytes += len(data)

    def on_response_complete(self) -> None:
        self._waits_since, self._body_since, self._body_bytes = self.loop.time(), None, 0
        super().on_response_complete()

    def _look(self) -> None:
        self._next_look = None
        if self.transport.is_closing():
            return
        if self._is_too_slow():
            self.transport.write(TOO_SLOW)
            self.transport.close()
            return
        self._next_look = self.loop.call_later(LOOK_EVERY_S, self._look)

    def _is_too_slow(self) -> bool:
        now = self.loop.time()
        if self.conn.their_state is h11.IDLE:
            return now - self._waits_since > HEADERS_S
        if self.conn.their_state is h11.SEND_BODY and self._body_since is not None:
            took = now - self._body_since
            return took > BODY_S and self._body_bytes < took * BODY_BYTES_A_SECOND
        return False
