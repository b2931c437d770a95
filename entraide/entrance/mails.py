"""Mails about an account: a code, a link, word of a change. They wait encrypted, since what they carry opens the door."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.core.mail import EmailMessage

from entraide.core.clock import now
from entraide.core.secrets import SecretLost, conceal, reveal

PURPOSE = "account-mails"
# A code that arrives later than it holds only confuses.
CODE_HOLDS = timedelta(minutes=15)
OTHERS_WAIT = timedelta(days=1)


def seal(message: EmailMessage, *, waits: timedelta) -> str:
    """Return a mail as text that only this desk can read; it is sent within `waits`, or not at all."""
    known = {
        "subject": message.subject,
        "body": message.body,
        "from_email": message.from_email,
        "to": list(message.to),
        "until": (now() + waits).isoformat(),
    }
    return conceal(json.dumps(known), purpose=PURPOSE)


def send_sealed(sealed: str) -> bool:
    """Send a sealed mail; return whether it went. One that is out of date, or of another secret key, is left."""
    try:
        known = json.loads(reveal(sealed, purpose=PURPOSE))
    except SecretLost:
        return False
    if datetime.fromisoformat(known.pop("until")) < now():
        return False
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    EmailMessage(**known, headers=headers).send()
    return True
