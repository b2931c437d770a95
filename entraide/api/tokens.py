"""Making, finding and revoking tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from entraide.api.models import ApiToken, TokenScope
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.entrance.factors import may_make_tokens
from entraide.people.models import Person

MARK = "ent_"
USE_IS_NOTED_EVERY = timedelta(minutes=5)


def create_token(
    person: Person, *, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token for `person`; return it with its secret, which is shown this once and kept nowhere."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in TokenScope.values]
    if unknown or not wanted:
        raise Refused(
            _("Choose one or more scopes among: %(known)s.") % {"known": ", ".join(TokenScope.values)}, field="scopes"
        )
    if not name.strip():
        raise Refused(_("Give the token a name, so that you know later what uses it."), field="name")
    if not may_make_tokens(person):
        raise Refused(
            _("A role of %(name)s needs a second factor: without one there is no token.") % {"name": person.name}
        )
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        person=person,
        name=name.strip(),
        prefix=secret[:10],
        digest=_digest(secret),
        scopes=wanted,
        created_at=now(),
        expires_at=expires_at,
    )
    return token, secret


def find_token(secret: str) -> ApiToken | None:
    """Return the token with this secret if it still holds, and note (every few minutes) that it is used."""
    at = now()
    holds = Q(expires_at=None) | Q(expires_at__gt=at)
    token = ApiToken.objects.filter(holds, digest=_digest(secret), revoked_at=None).first()
    if token and (token.last_used_at is None or at - token.last_used_at > USE_IS_NOTED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


def revoke_token(token: ApiToken) -> None:
    """Let a token hold no longer."""
    with transaction.atomic():
        held = ApiToken.objects.select_for_update().filter(pk=token.pk, revoked_at=None).first()
        if held is not None:
            held.revoked_at = now()
            held.save(update_fields=["revoked_at"])


def _digest(secret: str) -> str:
    # The secret is 256 random bits: a plain hash of it cannot be guessed back.
    return hashlib.sha256(secret.encode()).hexdigest()
