"""What a browser gives when it subscribes: an address of its push service and the keys to write to it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from django.utils.translation import gettext as _

from entraide.core import outside
from entraide.core.events import Refused

ADDRESS_AT_MOST = 2000
AUTH_BYTES = 16


@dataclass(frozen=True)
class Subscription:
    """The keys are base64url, as browsers give them: a point of P-256 and sixteen bytes."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def digest(self) -> str:
        return sha256(self.endpoint.encode()).hexdigest()

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Subscription:
        return cls(**json.loads(text))

    def check(self) -> None:
        """Raise Refused for what no browser gives, and for an address that leads into a private network."""
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _decoded(self.p256dh))
            keys_fit = len(_decoded(self.auth)) == AUTH_BYTES
        except (ValueError, binascii.Error):
            keys_fit = False
        if not keys_fit or not 0 < len(self.endpoint) <= ADDRESS_AT_MOST:
            raise Refused(
                _("Your browser gave something that is no subscription. Load the page again and try once more.")
            )
        outside.check(self.endpoint)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
