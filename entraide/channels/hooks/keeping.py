"""Endpoints as administrators keep them: their addresses and their secrets."""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from standardwebhooks import Webhook

from entraide.channels.hooks.models import Endpoint
from entraide.core import outside
from entraide.core.clock import now
from entraide.core.secrets import conceal, reveal

PURPOSE = "endpoints"
SECRET_BYTES = 32
# A receiver has a week to learn the new secret.
OLD_SECRET_FOR = timedelta(days=7)


def register(address: str, **fields: Any) -> tuple[Endpoint, str]:
    """Make an endpoint and return it with its secret, which is shown this once. Raises BadAddress."""
    outside.check(address)
    secret = _new_secret()
    endpoint = Endpoint.objects.create(
        address=conceal(address, purpose=PURPOSE), secret=conceal(secret, purpose=PURPOSE), created_at=now(), **fields
    )
    return endpoint, secret


def change(endpoint: Endpoint, address: str, **fields: Any) -> None:
    """Change what an endpoint is told, and where. Raises BadAddress.

    Switched on again, it has its days to answer again.
    """
    outside.check(address)
    if fields["is_active"] and not endpoint.is_active:
        endpoint.failing_since = endpoint.switched_off_at = None
    endpoint.address = conceal(address, purpose=PURPOSE)
    for name, value in fields.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=["address", "failing_since", "switched_off_at", *fields])


def address_of(endpoint: Endpoint) -> str:
    """Return where its messages go. Raises SecretLost."""
    return reveal(endpoint.address, purpose=PURPOSE)


def renew_secret(endpoint: Endpoint) -> str:
    """Give an endpoint another secret and return it; messages are signed with both for a week."""
    secret = _new_secret()
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now() + OLD_SECRET_FOR
    endpoint.secret = conceal(secret, purpose=PURPOSE)
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return secret


def drop_old_secret(endpoint: Endpoint) -> None:
    """Let the secret before the newest one sign no longer."""
    endpoint.old_secret, endpoint.old_secret_until = "", None
    endpoint.save(update_fields=["old_secret", "old_secret_until"])


def signed_headers(endpoint: Endpoint, message_id: str, body: str) -> Mapping[str, str]:
    """Return the headers of Standard Webhooks, signed now with each secret that is valid. Raises SecretLost."""
    at = now()
    valid = [endpoint.secret]
    if endpoint.old_secret_until and endpoint.old_secret_until > at:
        valid.append(endpoint.old_secret)
    signatures = [Webhook(reveal(each, purpose=PURPOSE)).sign(message_id, at, body) for each in valid]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(random.token_bytes(SECRET_BYTES)).decode()
