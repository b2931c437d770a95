"""Doing the queued jobs here and now, in the order in which they were queued."""

from __future__ import annotations

from typing import Any

from django.db import connection
from procrastinate.contrib.django import app


def do_jobs(*, queues: tuple[str, ...] = ("reactions", "mail")) -> int:
    """Run every job that waits in these queues, and those that they queue; return how many. Errors are raised."""
    done = 0
    while (job := _next(queues)) is not None:
        key, task, arguments = job
        app.tasks[task](**arguments)
        done += 1
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [key])
    return done


def _next(queues: tuple[str, ...]) -> tuple[int, str, dict[str, Any]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = ANY(%s) ORDER BY id LIMIT 1",
            [list(queues)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    arguments = row[2]
    if isinstance(arguments, str):
        import json

        arguments = json.loads(arguments)
    return row[0], row[1], arguments
