"""Mails about accounts, and forgetting what is over."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entraide.core.jobs import URGENT
from entraide.entrance import limits, sessions
from entraide.entrance.mails import send_sealed


@app.task(
    name="entraide.account_mail",
    queue="mail",
    priority=URGENT,
    retry=RetryStrategy(max_attempts=10, exponential_wait=2),
)
def account_mail(sealed: str) -> None:
    """Send one mail about an account."""
    send_sealed(sealed)


@app.periodic(cron="41 3 * * *")
@app.task(name="entraide.forget_sign_ins", queue="upkeep")
def forget_sign_ins(timestamp: int) -> None:
    """Delete expired sessions, and sign-ins and tries that nobody needs to remember."""
    sessions.forget_old()
    limits.forget_old()
