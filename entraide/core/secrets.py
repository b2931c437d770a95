"""What the desk must be able to read again (passwords, tokens), kept encrypted: who reads the database alone cannot."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SecretLost(RuntimeError):
    """Something kept was encrypted with another secret key than today's."""


def conceal(secret: str, *, purpose: str) -> str:
    """Return `secret` encrypted, as text. What one purpose conceals, another cannot reveal."""
    return _fernet(purpose).encrypt(secret.encode()).decode() if secret else ""


def reveal(concealed: str, *, purpose: str) -> str:
    """Return what was concealed. Raises SecretLost when the desk's secret key has changed since."""
    if not concealed:
        return ""
    try:
        return _fernet(purpose).decrypt(concealed.encode()).decode()
    except InvalidToken as error:
        raise SecretLost(
            "The secret key of this desk has changed: what it had encrypted must be entered again."
        ) from error


def derived(size_bytes: int, *, purpose: str) -> bytes:
    """Return bytes that follow from the desk's secret key: the same in every process, others for each purpose."""
    return HKDF(hashes.SHA256(), size_bytes, salt=None, info=purpose.encode()).derive(settings.SECRET_KEY.encode())


def _fernet(purpose: str) -> Fernet:
    # A key of its own for each purpose: a signed link can never serve as a key to a password.
    key = hmac.digest(settings.SECRET_KEY.encode(), purpose.encode(), hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))
