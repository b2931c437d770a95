"""Passwords of mailboxes, kept encrypted."""

from __future__ import annotations

from entraide.core import secrets
from entraide.core.secrets import SecretLost

PURPOSE = "mailbox secrets"


def conceal(secret: str) -> str:
    """Return `secret` encrypted, as text."""
    return secrets.conceal(secret, purpose=PURPOSE)


def reveal(concealed: str) -> str:
    """Return what was concealed. Raises SecretLost when the desk's secret key has changed since."""
    try:
        return secrets.reveal(concealed, purpose=PURPOSE)
    except SecretLost as error:
        raise SecretLost("The secret key of this desk has changed: enter the mailbox's password again.") from error
