"""What the desk must be able to read again (passwords, tokens), kept encrypted: who reads the database alone cannot."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# What every token of Fernet begins with: its version, and a time of this age.
_BEGINS = "gAAAAA"


class SecretLost(RuntimeError):
    """Something kept was encrypted with another secret key than today's."""


def conceal(secret: str, *, purpose: str) -> str:
    """Return `secret` encrypted, as text. What one purpose conceals, another cannot reveal."""
    return _fernet(purpose, settings.SECRET_KEY).encrypt(secret.encode()).decode() if secret else ""


def reveal(concealed: str, *, purpose: str) -> str:
    """Return what was concealed. Raises SecretLost when the desk's secret key has changed since."""
    if not concealed:
        return ""
    try:
        return _any_fernet(purpose).decrypt(concealed.encode()).decode()
    except InvalidToken as error:
        raise SecretLost(
            "The secret key of this desk has changed: what it had encrypted must be entered again."
        ) from error


def is_concealed(text: str) -> bool:
    """Tell whether a text looks like one that was concealed, whatever its purpose and key."""
    return text.startswith(_BEGINS)


def renewed(concealed: str, *, purpose: str) -> str:
    """Return what a former key had concealed as today's key does; itself where that is so already. Raises SecretLost."""
    try:
        _fernet(purpose, settings.SECRET_KEY).decrypt(concealed.encode())
    except InvalidToken:
        return conceal(reveal(concealed, purpose=purpose), purpose=purpose)
    return concealed


def derived(size_bytes: int, *, purpose: str, key: str = "") -> bytes:
    """Return bytes that follow from the desk's secret key (or a former one): the same in every process, others for each purpose."""
    secret = (key or settings.SECRET_KEY).encode()
    return HKDF(hashes.SHA256(), size_bytes, salt=None, info=purpose.encode()).derive(secret)


def accepted_keys() -> tuple[str, ...]:
    """Return the secret keys that hold: today's, then those that it replaced and that are accepted for a while."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _any_fernet(purpose: str) -> MultiFernet:
    return MultiFernet([_fernet(purpose, key) for key in accepted_keys()])


def _fernet(purpose: str, secret_key: str) -> Fernet:
    # A key of its own for each purpose: a signed link can never serve as a key to a password.
    key = hmac.digest(secret_key.encode(), purpose.encode(), hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))
