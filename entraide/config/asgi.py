"""The ASGI application."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import warnings
from functools import cache
from types import FrameType
from typing import Any

from django.core.asgi import get_asgi_application

from entraide.config.body_limit import limited

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entraide.config.settings")
# Files are read in pieces by a thread, as meant; Django cannot know that it is no fault.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
_django = limited(get_asgi_application())


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request; open streams end as soon as the server is asked to stop."""
    _end_streams_with_the_server()
    await _django(scope, receive, send)


@cache
def _end_streams_with_the_server() -> None:
    """Put ourselves before the server's own signal handlers: it waits for what is open, and tells nobody."""
    if threading.current_thread() is not threading.main_thread():
        return
    from entraide.core.live import hub

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if not callable(before):
            continue

        def handle(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(hub.end)
            before(number, frame)

        signal.signal(number, handle)
