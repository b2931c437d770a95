"""Rules on time, and dry runs in the background."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.automation.firing import fire_what_is_due
from entraide.core.jobs import URGENT


# The sixth field is seconds: as often as the clocks are told of.
@app.periodic(cron="* * * * * */10")
@app.task(name="entraide.fire_rules", queue="clocks", queueing_lock="fire_rules", priority=URGENT)
def fire_rules(timestamp: int) -> None:
    """Fire the escalation rules that have come true."""
    fire_what_is_due()


@app.task(name="entraide.dry_run", queue="upkeep", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def dry_run_batch(run_id: int) -> None:
    """Do the next tickets of a dry run, then queue the following ones."""
    from entraide.automation.dry_run import do_batch

    if not do_batch(run_id):
        dry_run_batch.defer(run_id=run_id)
