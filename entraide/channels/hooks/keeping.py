"""Endpoints as administrators keep them: their addresses and their secrets."""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from entraide.channels.hooks import chat_address
from entraide.channels.hooks.models import Endpoint, Transport
from entraide.core import outside
from entraide.core.clock import now
from entraide.core.secrets import SecretLost, conceal, reveal

PURPOSE = "endpoints"
SECRET_BYTES = 32
# A receiver has a week to learn the new secret.
OLD_SECRET_FOR = timedelta(days=7)


def register(address: str, *, transport: str = Transport.WEBHOOK, **fields: Any) -> tuple[Endpoint, str]:
    """Make an endpoint and return it with its secret, which is shown this once (a chat has none). Raises Refused."""
    address = as_kept(transport, address)
    secret = _new_secret() if transport == Transport.WEBHOOK else ""
    endpoint = Endpoint.objects.create(
        transport=transport,
        address=conceal(address, purpose=PURPOSE),
        secret=conceal(secret, purpose=PURPOSE),
        created_at=now(),
        **fields,
    )
    return endpoint, secret


def change(endpoint: Endpoint, address: str, **fields: Any) -> None:
    """Change what an endpoint is told, and where. Raises Refused.

    Switched on again, it has its days to answer again.
    """
    address = as_kept(endpoint.transport, address)
    if fields["is_active"] and not endpoint.is_active:
        endpoint.failing_since = endpoint.switched_off_at = None
    endpoint.address = conceal(address, purpose=PURPOSE)
    for name, value in fields.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=["address", "failing_since", "switched_off_at", *fields])


def address_of(endpoint: Endpoint) -> str:
    """Return where its messages go. Raises SecretLost."""
    return reveal(endpoint.address, purpose=PURPOSE)


def place_of(endpoint: Endpoint) -> str:
    """Return where its messages go without what may be secret in that; nothing where the desk cannot read it any more."""
    try:
        address = address_of(endpoint)
    except SecretLost:
        return ""
    return chat_address.shown(address) if endpoint.transport == Transport.CHAT else urlsplit(address).netloc


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


def as_kept(transport: str, address: str) -> str:
    """Return the address as it is kept. Raises Refused unless something may be sent there by this way."""
    if transport != Transport.CHAT:
        outside.check(address)
        return address
    address = chat_address.as_apprise(address)
    chat_address.check(address)
    return address
