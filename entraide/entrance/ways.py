"""By which way a sign-in came about, from what was asked and answered on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from entraide.entrance.models import Way

WAYS = {"password": Way.PASSWORD, "code": Way.CODE, "socialaccount": Way.PROVIDER, "password_reset": Way.CODE}


def way_of(records: Iterable[Mapping[str, Any]]) -> tuple[Way, bool]:
    """Return the way, and whether a second factor was asked for. A passkey is both at once."""
    steps = list(records)
    with_factor = any(each.get("method") == "mfa" for each in steps)
    if any(each.get("passwordless") for each in steps):
        return Way.PASSKEY, with_factor
    known = [WAYS[each["method"]] for each in steps if each.get("method") in WAYS]
    return (known[-1] if known else Way.PASSWORD), with_factor
