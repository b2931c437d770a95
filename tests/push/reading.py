"""What a browser and its push service do with a message: verify who sent it, and decrypt it."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from entraide.channels.push.subscription import Subscription
from entraide.channels.push.vapid import public_key
from tests.hooks.receiver import Message


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Keys:
    """The keys of a browser; the private one never leaves it."""

    def __init__(self) -> None:
        self.private, self.auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)

    @property
    def p256dh(self) -> str:
        return base64url(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def subscribed_at(self, endpoint: str) -> Subscription:
        return Subscription(endpoint, self.p256dh, base64url(self.auth))

    def read(self, message: Message) -> dict[str, Any]:
        """Return what the message says, as the browser's service worker gets it."""
        assert message.headers["Content-Encoding"] == "aes128gcm"
        text = http_ece.decrypt(
            message.body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"
        )  # fmt: skip
        said: dict[str, Any] = json.loads(text)
        return said


def claims_of(message: Message) -> dict[str, Any]:
    """Return what the desk says of itself, signed with the key that browsers subscribed with."""
    authorization = message.headers["Authorization"]
    assert Vapid02.verify(authorization)
    token, key = (part.partition("=")[2] for part in authorization.removeprefix("vapid ").split(","))
    assert key == public_key()
    claims = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return said
