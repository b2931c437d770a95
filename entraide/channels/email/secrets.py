"""Passwords of mailboxes, kept encrypted: who reads the database alone cannot read them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SecretLost(RuntimeError):
    """A kept password was encrypted with another secret key than today's."""


def conceal(secret: str) -> str:
    """Return `secret` encrypted, as text."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def reveal(concealed: str) -> str:
    """Return what was concealed. Raises SecretLost when the desk's secret key has changed since."""
    if not concealed:
        return ""
    try:
        return _fernet().decrypt(concealed.encode()).decode()
    except InvalidToken as error:
        raise SecretLost("The secret key of this desk has changed: enter the mailbox's password again.") from error


def _fernet() -> Fernet:
    # A key of its own purpose: a signed link can never serve as a key to a password.
    key = hmac.digest(settings.SECRET_KEY.encode(), b"mailbox secrets", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))
