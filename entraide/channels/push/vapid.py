"""The desk's own key, by which push services know who sends (VAPID, RFC 8292).

It follows from the desk's secret key: nothing is stored, every worker has the same, and browsers that subscribed know it for good.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from email.utils import parseaddr
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from entraide.core.clock import now
from entraide.core.secrets import derived

PURPOSE = "web push"
# The order of P-256; 16 bytes more than it has keep the remainder even.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIZE_BYTES = 48
# Push services refuse more than 24 hours.
VALID_FOR = timedelta(hours=12)


def public_key() -> str:
    """Return what browsers need to subscribe: the public key, uncompressed, base64url without padding."""
    point = _key(settings.SECRET_KEY).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def authorization(endpoint: str) -> str:
    """Return the Authorization header for a request to `endpoint`; it names the desk's mail address for whoever runs that service."""
    from py_vapid import Vapid02

    place = urlsplit(endpoint)
    claims: dict[str, Any] = {
        "aud": f"{place.scheme}://{place.netloc}",
        "exp": int((now() + VALID_FOR).timestamp()),
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    # Addresses such as support@desk are the operator's choice; the service may think otherwise.
    signer = Vapid02(_key(settings.SECRET_KEY), conf={"no-strict": True})
    header: str = signer.sign(claims)["Authorization"]
    return header


@cache
def _key(secret_key: str) -> EllipticCurvePrivateKey:
    number = int.from_bytes(derived(SIZE_BYTES, purpose=PURPOSE)) % (ORDER - 1) + 1
    return derive_private_key(number, SECP256R1())
