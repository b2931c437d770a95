"""Mails that wait for the end of somebody's quiet hours, and messages to browsers."""

from __future__ import annotations

import logging

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.audit.verifying import verify_and_note
from entraide.notifications.audit import tell_that_it_broke
from entraide.notifications.endpoints import tell_of_failure
from entraide.notifications.pushing import push_test_to, push_to
from entraide.notifications.telling import mail_if_unread

log = logging.getLogger("entraide.audit")


@app.task(name="entraide.mail_later", queue="notifications", retry=RetryStrategy(max_attempts=8, exponential_wait=3))
def mail_later(notification_id: int) -> None:
    """Send one notification by mail, unless it was read meanwhile."""
    mail_if_unread(notification_id)


# Queued by its name where a message is given up: the room of the hooks is below this one.
@app.task(
    name="entraide.tell_of_endpoint", queue="notifications", retry=RetryStrategy(max_attempts=8, exponential_wait=3)
)
def tell_of_endpoint(endpoint_id: int) -> None:
    """Tell the administrators that nothing arrives at an endpoint."""
    tell_of_failure(endpoint_id)


@app.periodic(cron="41 2 * * *")
@app.task(name="entraide.verify_audit", queue="upkeep", queueing_lock="verify_audit")
def verify_audit(timestamp: int) -> None:
    """Walk the chain of the audit each night, and tell at once if it does not hold."""
    found = verify_and_note()
    if found.broken_at is None:
        # In a log that leaves this machine, a head that nobody who has the database can change.
        log.info("The audit holds.", extra={"rows": found.through, "head": found.head})
        return
    log.error("The audit does not hold.", extra={"row": found.broken_at, "reason": found.reason})
    tell_that_it_broke(found)


@app.task(name="entraide.push", queue="notifications", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def push(notification_id: int, browser_id: int, attempt: int) -> None:
    """Send one notification to one browser."""
    push_to(notification_id, browser_id, attempt)


@app.task(name="entraide.push_test", queue="notifications", retry=RetryStrategy(max_attempts=3, exponential_wait=3))
def push_test(browser_id: int) -> None:
    """Send a message about nothing to one browser."""
    push_test_to(browser_id)
