"""The jobs that empty the outbox."""

from __future__ import annotations

from django.db.models import Q
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.sending import send
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped

BATCH = 200


@app.task(name="entraide.send_mail", queue="mail", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def send_mail(mail_id: int) -> None:
    """Send one mail, unless it has gone already or is not due yet."""
    send(mail_id)


@app.periodic(cron="* * * * *")
@app.task(name="entraide.send_due_mails", queue="mail", queueing_lock="send_due_mails")
def send_due_mails(timestamp: int) -> None:
    """Send what is due again after a failure (or was never queued, whatever the reason)."""
    send_all_due()


def send_all_due() -> int:
    """Send every mail that is due; return how many were tried."""
    with scoped(Scope.everything(reason="the outbox is emptied for every organisation")):
        waiting = Q(state__in=(OutgoingMail.State.WAITING, OutgoingMail.State.FAILING), next_attempt_at__lte=now())
        due = list(
            OutgoingMail.objects.filter(waiting).order_by("next_attempt_at").values_list("pk", flat=True)[:BATCH]
        )
    for mail_id in due:
        send(mail_id)
    return len(due)
