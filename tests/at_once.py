"""The same work by several at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection


def at_once(work: Callable[[], object], times: int) -> None:
    """Do `work` in so many threads that begin together, each with a connection of its own; none may fail or hang."""
    ready = threading.Barrier(times)
    trouble: list[BaseException] = []

    def one() -> None:
        try:
            ready.wait(timeout=10)
            work()
        except BaseException as error:
            trouble.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert trouble == []
