"""What happens to a kept message later."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from entraide.channels.email.models import IncomingMail
from entraide.core.clock import now

FORGOTTEN_AFTER = timedelta(minutes=10)
BATCH = 200


@app.task(name="entraide.read_mail", queue="mail", retry=RetryStrategy(max_attempts=8, exponential_wait=3))
def read_mail(mail_id: int) -> None:
    """Read one kept message, unless that was done already."""
    # Not above: every process imports the jobs when it starts, and only a worker needs the parser.
    from entraide.channels.email.processing import process

    process(mail_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="entraide.read_forgotten_mails", queue="mail", queueing_lock="read_forgotten_mails")
def read_forgotten_mails(timestamp: int) -> None:
    """Queue again what still waits although its job is long over (a full disk, a database that was away)."""
    queue_forgotten()


def queue_forgotten() -> int:
    """Queue the reading of messages that have waited for ten minutes; return how many."""
    waiting = IncomingMail.objects.filter(
        outcome=IncomingMail.Outcome.WAITING, received_at__lte=now() - FORGOTTEN_AFTER
    )
    forgotten = list(waiting.order_by("received_at").values_list("pk", flat=True)[:BATCH])
    for mail_id in forgotten:
        # A job that is merely late finds the message read, or waits its turn at the row.
        with suppress(AlreadyEnqueued), transaction.atomic():
            read_mail.configure(queueing_lock=f"read_mail:{mail_id}").defer(mail_id=mail_id)
    return len(forgotten)
