"""The jobs that send to endpoints."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from entraide.channels.hooks.delivering import endpoints_with_due, forget_old, send_due


@app.task(name="entraide.send_to_endpoint", queue="hooks", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def send_to_endpoint(endpoint_id: int) -> None:
    """Send what is due to one endpoint."""
    send_due(endpoint_id)


@app.periodic(cron="* * * * *")
@app.task(name="entraide.send_due_to_endpoints", queue="hooks", queueing_lock="send_due_to_endpoints")
def send_due_to_endpoints(timestamp: int) -> None:
    """Queue the sending to each endpoint for which something is due, whatever became of its job."""
    for endpoint_id in endpoints_with_due():
        with suppress(AlreadyEnqueued), transaction.atomic():
            send_to_endpoint.configure(queueing_lock=f"send_to_endpoint:{endpoint_id}").defer(endpoint_id=endpoint_id)


@app.periodic(cron="41 3 * * *")
@app.task(name="entraide.forget_old_deliveries", queue="upkeep")
def forget_old_deliveries(timestamp: int) -> None:
    """Delete what was delivered, or given up, more than thirty days ago."""
    forget_old()
