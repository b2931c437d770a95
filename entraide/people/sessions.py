"""Whether a sign-in still holds, asked from outside of a request."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from entraide.people.models import Account, Person


def is_signed_in(person: Person, session_key: str) -> bool:
    """Tell whether `person` is signed in with this session: not signed out, expired, switched off, or from before another password."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    # Of a session that is over, nothing is left in it.
    account = Account.objects.filter(pk=store.get(SESSION_KEY) or 0, person_id=person.pk, is_active=True).first()
    if account is None or not person.is_active:
        return False
    return constant_time_compare(store.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash())
