"""The backup of each night."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.backups.making import make_nightly


# A worker that is killed meanwhile leaves a draft; the job is queued again, as any other.
@app.periodic(cron="23 1 * * *")
@app.task(name="entraide.back_up", queue="upkeep", retry=RetryStrategy(max_attempts=3, wait=1800))
def back_up(timestamp: int) -> None:
    """Write the whole desk into an archive, where ENTRAIDE_BACKUP_DIR says."""
    make_nightly()
