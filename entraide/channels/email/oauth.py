"""Access tokens for mailboxes that take no password (Microsoft 365, Google)."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

from entraide.core.outside import BadAddress, NoAnswer, post

ANSWER_BYTES = 64 * 1024
EARLY_S = 120
_kept: dict[str, tuple[str, float]] = {}


class NoToken(RuntimeError):
    """The token service gave no access token; the message says what it answered."""


def access_token(secret: str) -> str:
    """Return a token with which XOAUTH2 signs in.

    `secret` is an access token, or a JSON object with `token_url`, `client_id`, `refresh_token` and,
    where the provider wants them, `client_secret` and `scope`: then a token is asked for and kept in
    memory until shortly before it ends. Raises NoToken.
    """
    if not secret.lstrip().startswith("{"):
        return secret
    token, ends_at = _kept.get(secret, ("", 0.0))
    if time.monotonic() < ends_at - EARLY_S:
        return token
    answer = _ask(_wanted(secret))
    token = str(answer.get("access_token") or "")
    if not token:
        raise NoToken("The token service answered without an access token.")
    _kept[secret] = (token, time.monotonic() + float(answer.get("expires_in") or 0))
    return token


def _wanted(secret: str) -> dict[str, str]:
    try:
        given = json.loads(secret)
    except ValueError as error:
        raise NoToken("The token settings of this mailbox are not JSON.") from error
    missing = [name for name in ("token_url", "client_id", "refresh_token") if not given.get(name)]
    if missing:
        raise NoToken(f"The token settings of this mailbox lack {', '.join(missing)}.")
    if not str(given["token_url"]).startswith("https://"):
        raise NoToken("The token_url of this mailbox must begin with https://.")
    return {name: str(value) for name, value in given.items()}


def _ask(wanted: dict[str, str]) -> dict[str, Any]:
    form = {name: value for name, value in wanted.items() if name != "token_url"} | {"grant_type": "refresh_token"}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "Connection": "close"}
    try:
        # The address is typed in: it leads to a public one, or to a network that the operator allows.
        answer = post(wanted["token_url"], urlencode(form).encode(), headers=headers, read_at_most=ANSWER_BYTES)
    except (BadAddress, NoAnswer) as error:
        raise NoToken(f"The token service does not answer: {error}") from error
    if not answer.is_success:
        raise NoToken(f"The token service refused: {answer.status} {answer.text[:300]}")
    try:
        found: dict[str, Any] = json.loads(answer.text)
    except ValueError as error:
        raise NoToken("The token service answered with something that is not JSON.") from error
    return found
