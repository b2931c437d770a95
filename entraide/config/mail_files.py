"""Outgoing mail of a desk without mail server: a file for each, which any mail program opens."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from entraide.core.clock import now

_numbers = itertools.count(1)


class EmailBackend(BaseEmailBackend):
    """Writes `<instant>-<process>-<number>.eml` into `settings.EMAIL_FILE_PATH`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{now():%Y%m%dT%H%M%S}-{os.getpid()}-{next(_numbers)}"
            draft = folder / f".{name}"
            draft.write_bytes(message.message().as_bytes())
            # Whole as soon as it is seen.
            draft.rename(folder / f"{name}.eml")
        return len(email_messages)
