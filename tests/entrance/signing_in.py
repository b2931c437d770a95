"""Signing in as people do, and the codes that their apps would show."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from entraide.people.models import Account
from tests.world import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"


def browser(user_agent: str = FIREFOX, address: str = "192.0.2.10") -> Client:
    return Client(headers={"User-Agent": user_agent}, REMOTE_ADDR=address)


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/account/login/", {"login": email, "password": password})


def signed_in(email: str, **known: str) -> Client:
    client = browser(**known)
    assert sign_in(client, email).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/me/").status_code == 200)


def confirm(client: Client, password: str = PASSWORD) -> None:
    """Show once more that it is you."""
    assert client.post("/account/reauthenticate/", {"password": password}).status_code == 302


def add_app(account: Account) -> str:
    """Give this account an app that shows codes; return its key."""
    from allauth.core.context import request_context
    from django.test import RequestFactory

    secret = generate_totp_secret()
    with request_context(RequestFactory().get("/")):
        TOTP.activate(account, secret)
    assert Authenticator.objects.get(user=account, type="totp").data["secret"] != secret
    return secret


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what an app with this key shows now (or some half minutes later)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def code_in(text: str) -> str:
    """Return the code that stands alone on a line of a mail."""
    found = re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", text, re.MULTILINE)
    assert found, text
    return found.group(1)
