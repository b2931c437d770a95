"""The browsers with which an account signed in before: a signed cookie names them, and only counts of tries depend on it."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from entraide.core.clock import now
from entraide.people.models import Account

COOKIE = "entraide_browser"
SALT = "known-browsers"
AGE_S = 365 * 24 * 3600
ACCOUNTS_AT_MOST = 10


def name_for(request: HttpRequest, login: str) -> str:
    """Return what this browser is called if this account has signed in with it before, else nothing."""
    known = _read(request)
    account = Account.objects.filter(email__iexact=login.strip()).only("pk").first()
    return str(known["name"]) if account is not None and account.pk in known["accounts"] else ""


def remember(request: HttpRequest, answer: HttpResponse, account: Account) -> None:
    """Let this browser be known to this account from now on."""
    known = _read(request)
    accounts = [account.pk, *(each for each in known["accounts"] if each != account.pk)][:ACCOUNTS_AT_MOST]
    value = signing.dumps({"name": known["name"], "accounts": accounts, "at": now().isoformat()}, salt=SALT)
    answer.set_cookie(
        COOKIE,
        value,
        max_age=AGE_S,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        known: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=AGE_S)
    except signing.BadSignature:
        return {"name": secrets.token_urlsafe(12), "accounts": []}
    return known
