"""Polling: every mailbox in its turn, a failing one less and less often."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import close_old_connections, connections

from entraide.channels.email import imap
from entraide.channels.email.models import Mailbox

log = logging.getLogger("entraide.mail")

POLL_EVERY_S = 20.0
LONGEST_PAUSE_S = 1800.0
MAILBOXES_AT_ONCE = 4


class Poller:
    """Polls all active mailboxes until it is stopped."""

    def __init__(self, *, every_s: float = POLL_EVERY_S) -> None:
        self.every_s = every_s
        self._stopping = threading.Event()
        self._woken = asyncio.Event()
        self._memories: dict[int, imap.Memory] = defaultdict(imap.Memory)
        self._failures: dict[int, int] = defaultdict(int)
        self._not_before: dict[int, float] = {}
        self._running: set[int] = set()
        # Threads of its own: a mailbox server that hangs must not keep the listener waiting.
        self._threads = ThreadPoolExecutor(MAILBOXES_AT_ONCE, thread_name_prefix="imap")

    async def run(self) -> None:
        """Poll until `stop`."""
        loop = asyncio.get_running_loop()
        polls: set[asyncio.Future[None]] = set()
        while not self._stopping.is_set():
            try:
                due = await loop.run_in_executor(self._threads, self._due)
            except Exception:
                log.exception("The mailboxes could not be listed.")
                due = []
            for mailbox in due:
                self._running.add(mailbox.pk)
                poll = loop.run_in_executor(self._threads, self._poll, mailbox)
                polls.add(poll)
                poll.add_done_callback(polls.discard)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self.every_s)
        if polls:
            await asyncio.wait(polls)
        self._threads.shutdown(wait=False)

    def stop(self) -> None:
        """Let the message in hand be kept, then end `run`."""
        self._stopping.set()
        self._woken.set()

    def _due(self) -> list[Mailbox]:
        close_old_connections()
        try:
            mailboxes = list(Mailbox.objects.filter(is_active=True).order_by("checked_at", "pk"))
        finally:
            connections.close_all()
        moment = time.monotonic()
        idle = (each for each in mailboxes if each.pk not in self._running)
        return [each for each in idle if self._not_before.get(each.pk, 0.0) <= moment]

    def _poll(self, mailbox: Mailbox) -> None:
        close_old_connections()
        went_well = False
        try:
            went_well = imap.poll(mailbox, memory=self._memories[mailbox.pk], is_stopping=self._stopping.is_set)
        except Exception:
            log.exception("A mailbox could not be polled.", extra={"mailbox": mailbox.name})
        finally:
            connections.close_all()
            self._plan(mailbox.pk, went_well)

    def _plan(self, mailbox_id: int, went_well: bool) -> None:
        self._failures[mailbox_id] = 0 if went_well else self._failures[mailbox_id] + 1
        pause = self.every_s * 2 ** min(self._failures[mailbox_id], 12) if self._failures[mailbox_id] else 0.0
        self._not_before[mailbox_id] = time.monotonic() + min(pause, LONGEST_PAUSE_S)
        self._running.discard(mailbox_id)
