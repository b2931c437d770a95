"""Background work, in the same database as what it works on."""

from __future__ import annotations

import logging

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.core.reactions import run_reaction
from entraide.core.unused_files import forget_unused_files

log = logging.getLogger("entraide.jobs")

SECONDS_WITHOUT_HEARTBEAT = 30
# What has seconds goes before whatever else waits: after an outage that may be thousands of reactions and mails.
URGENT = 10


@app.task(name="entraide.react", queue="reactions", retry=RetryStrategy(max_attempts=12, exponential_wait=2))
def react(reaction: str, story: str, entry_id: int) -> None:
    """Run one reaction to one entry."""
    run_reaction(reaction, story, entry_id)


@app.periodic(cron="* * * * *")
@app.task(name="entraide.rescue_jobs", queue="upkeep", pass_context=False)
async def rescue_jobs(timestamp: int) -> None:
    """Put back in the queue what a killed worker held."""
    await rescue()


async def rescue() -> int:
    """Requeue the jobs of workers that gave no sign of life for 30 s; return how many."""
    manager = app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=SECONDS_WITHOUT_HEARTBEAT))
    for job in stalled:
        log.warning("A worker stopped in the middle of a job: it is queued again.", extra={"job": job.task_name})
        await manager.retry_job(job)
    await manager.prune_stalled_workers(SECONDS_WITHOUT_HEARTBEAT)
    return len(stalled)


def workers_alive() -> int:
    """Return how many workers gave a sign of life within the last minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds'"
        )
        return int(cursor.fetchone()[0])


@app.periodic(cron="20 4 * * *")
@app.task(name="entraide.forget_unused_files", queue="upkeep", queueing_lock="forget_unused_files")
def forget_unused(timestamp: int) -> None:
    """Remove the files to which nothing refers any more."""
    forget_unused_files()


@app.periodic(cron="17 3 * * *")
@app.task(name="entraide.forget_finished_jobs", queue="upkeep")
async def forget_finished_jobs(timestamp: int) -> None:
    """Delete the jobs that ended well more than three days ago; failed ones stay until somebody looked."""
    await app.job_manager.delete_old_jobs(nb_hours=72, include_failed=False)
