"""Bulk actions, in the background."""

from __future__ import annotations

from datetime import timedelta

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.core.clock import now
from entraide.routines.bulk import go_on, queue
from entraide.routines.models import BulkRun

# Then other work has its turn.
AT_A_STRETCH = timedelta(seconds=20)
# When another process holds the last steps, it may die with them: one looks again.
AGAIN_AFTER_S = 2


@app.task(name="entraide.bulk", queue="bulk", retry=RetryStrategy(max_attempts=12, exponential_wait=2))
def go_on_with_bulk(run_id: int) -> None:
    """Do what is left of a run."""
    run = BulkRun.objects.get(pk=run_id)
    if not go_on(run, until=now() + AT_A_STRETCH):
        queue(run, after_s=AGAIN_AFTER_S)
