"""The worker of background jobs: its periodic ones keep coming when the machine's clock is set, its urgent ones go first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from procrastinate import App
from procrastinate.periodic import PeriodicDeferrer, PeriodicTask
from procrastinate.worker import Worker

# After so long any other job begins all the same.
PATIENCE_S = 20


class SteadyDeferrer(PeriodicDeferrer):
    """Queues each periodic job at its newest time that has come, whichever way the clock was set since the last one.

    The library's own counts on from the last time that it queued: set back by an hour, no warning would be told for an
    hour; set forward by a day, each of the 8,640 sweeps in between would be queued before anything else.
    """

    def get_timestamps(
        self, periodic_task: PeriodicTask[Any, Any, Any], since: int | None, until: float
    ) -> Iterable[int]:
        cron = periodic_task.croniter
        cron.set_current(start_time=until)
        newest = round(cron.get_prev(ret_type=float))
        is_too_old = since is None and until - newest > self.max_delay
        if newest != since and not is_too_old:
            yield newest


async def run_worker(app: App, **options: Any) -> None:
    """Work until cancelled; `options` are those of procrastinate's own run_worker_async."""
    work: Any = _SteadyWorker(app, **options).run
    await work()


class _SteadyWorker(Worker):
    async def _periodic_deferrer(self) -> None:
        await SteadyDeferrer(registry=self.app.periodic_registry, **self.app.periodic_defaults).worker()


class UrgentFirst:
    """A middleware that lets no other job begin while one of the urgent queues runs: they share one interpreter.

    Without it, hundreds of reactions that wait make the sweep over promises three times as slow, and it has thirty seconds.
    """

    def __init__(self, *urgent: str) -> None:
        self._urgent = urgent
        self._running = 0
        self._changed = threading.Condition()

    def __call__(self, call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
        if context.job.queue not in self._urgent:
            with self._changed:
                self._changed.wait_for(lambda: self._running == 0, timeout=PATIENCE_S)
            return call_next()
        with self._changed:
            self._running += 1
        try:
            return call_next()
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
