"""What is erased later: a person, soon; what is kept too long, at night."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.privacy.erasing import go_on_erasing
from entraide.privacy.retention import erase_what_is_due


@app.task(name="entraide.erase_person", queue="upkeep", retry=RetryStrategy(max_attempts=12, exponential_wait=2))
def erase_person(erasure_id: int) -> None:
    """Erase what is kept of a person."""
    go_on_erasing(erasure_id)


@app.periodic(cron="40 2 * * *")
@app.task(name="entraide.erase_what_is_due", queue="upkeep", queueing_lock="erase_what_is_due")
def erase_at_night(timestamp: int) -> None:
    """Erase what is kept longer than the rules say."""
    erase_what_is_due()
