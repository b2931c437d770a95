"""Live updates: what is committed is announced by NOTIFY and heard by every web process."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import connection, connections

if TYPE_CHECKING:
    from entraide.core.story import Entry

CHANNEL = "entraide_live"
QUEUE_LENGTH = 256
P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger("entraide.live")


@dataclass(frozen=True)
class Announcement:
    """That an entry was written: enough to decide who is told, nothing of what it says."""

    story: str
    story_id: int
    organisation_id: int
    number: int
    kind: str
    is_public: bool
    actor_person_id: int | None


def announce(entry: Entry) -> None:
    """Tell every web process, at commit, that `entry` was written."""
    tell(
        Announcement(
            story=entry.story._meta.label_lower,
            story_id=entry.story.pk,
            organisation_id=entry.organisation_id,
            number=entry.number,
            kind=entry.kind,
            is_public=entry.is_public,
            actor_person_id=entry.actor_person_id,
        )
    )


def tell(announcement: Announcement) -> None:
    """Tell every web process, at commit; also what is no entry and only lasts a moment (who is in a ticket)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(asdict(announcement))])


class Word(Enum):
    """What a listener hears that is not an announcement."""

    GAP = "some were missed: look again"
    END = "this process stops: say no more"


Heard = Announcement | Word


def give_connections_back() -> None:
    """Give back the database connections that this thread holds, unless it is in the middle of a transaction."""
    for each in connections.all(initialized_only=True):
        # A test answers within its own transaction, which is not ours to end.
        if not each.in_atomic_block:
            each.close_if_unusable_or_obsolete()


async def ask(question: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what `question`, which may use the database, answers to a stream.

    Its connection goes back at once: a stream lives for hours, and the pool has only a few.
    """

    def asked() -> T:
        try:
            return question(*arguments, **named)
        finally:
            give_connections_back()

    return await sync_to_async(asked)()


class Hub:
    """One listening connection per process, any number of listeners.

    A listener that does not keep up is told to look again (`GAP` in its queue) rather than
    given a gap that it would not notice.
    """

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Heard]] = set()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.Queue[Heard]]:
        """Yield a queue of announcements made from now on, and of words about them."""
        queue: asyncio.Queue[Heard] = asyncio.Queue(QUEUE_LENGTH)
        self._queues.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        try:
            yield queue
        finally:
            self._queues.discard(queue)
            if not self._queues and self._task is not None:
                self._task.cancel()
                self._task = None

    def end(self) -> None:
        """Let every listener know that this process stops."""
        self._spread(Word.END)

    async def _listen(self) -> None:
        pause = 0.2
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listener:
                    await listener.execute(f"LISTEN {CHANNEL}")
                    # Whatever was announced while nobody listened is lost: let the screens look again.
                    self._spread(Word.GAP)
                    pause = 0.2
                    async for notification in listener.notifies():
                        self._spread(Announcement(**json.loads(notification.payload)))
            except psycopg.OperationalError:
                log.warning("The live connection to the database was lost; trying again.")
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)

    def _spread(self, heard: Heard) -> None:
        for queue in self._queues:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(Word.GAP)
                if heard is not Word.END:
                    continue
            queue.put_nowait(heard)


def _parameters() -> dict[str, Any]:
    parameters = connections["default"].get_connection_params()
    keep = ("host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey")
    return {name: parameters[name] for name in keep if parameters.get(name)}


hub = Hub()
