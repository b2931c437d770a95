"""How often a password may be tried: by network address, by account, and by the browsers that an account knows.

A stranger who tries the passwords of somebody else uses up the tries of strangers. Whoever signed in with this browser before has
tries of their own, and a passkey or a code by mail needs none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.entrance.models import Attempt


class TooMany(Refused):
    """The tries are used up until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(_("Too many attempts."))
        self.until = until


@dataclass(frozen=True)
class Limit:
    """So many tries within a span, for whatever is counted by `name`."""

    name: str
    tries: int
    span: timedelta


FROM_ADDRESS = Limit("address", 60, timedelta(minutes=10))
BY_KNOWN_BROWSER = Limit("browser", 10, timedelta(minutes=10))
BY_STRANGER = Limit("stranger", 5, timedelta(minutes=10))
BY_STRANGERS = Limit("strangers", 50, timedelta(hours=1))
LONGEST = max(each.span for each in (FROM_ADDRESS, BY_KNOWN_BROWSER, BY_STRANGER, BY_STRANGERS))


def try_password(login: str, *, address: str, browser: str) -> list[int]:
    """Count one try, and return what takes it back. Raises TooMany.

    `browser` names a browser that this account has signed in with before, or is empty.
    """
    login = login.strip().lower()
    if browser:
        counted = [(BY_KNOWN_BROWSER, f"{login} {browser}"), (FROM_ADDRESS, address)]
    else:
        counted = [(BY_STRANGER, f"{login} {address}"), (BY_STRANGERS, login), (FROM_ADDRESS, address)]
    at = now()
    # First counted, then looked at: of several at once, none is overlooked.
    rows = Attempt.objects.bulk_create(Attempt(key=_key(limit, what), at=at) for limit, what in counted)
    ends = [until for limit, what in counted if (until := _used_up_until(limit, what, at))]
    keys = [row.pk for row in rows]
    if ends:
        # What was refused does not count: waiting as long as was said is enough.
        take_back(keys)
        raise TooMany(max(ends))
    return keys


def take_back(keys: list[int]) -> None:
    """Let tries not count: the password was right."""
    Attempt.objects.filter(pk__in=keys).delete()


def forget_old() -> None:
    """Delete tries that count for nothing any more."""
    Attempt.objects.filter(at__lt=now() - LONGEST).delete()


def _used_up_until(limit: Limit, what: str, at: datetime) -> datetime | None:
    # The newest is this try itself: with as many before it as are allowed, the oldest of those must pass first.
    found = Attempt.objects.filter(key=_key(limit, what), at__gt=at - limit.span).order_by("-at", "-pk")
    newest = list(found.values_list("at", flat=True)[: limit.tries + 1])
    return newest[limit.tries] + limit.span if len(newest) > limit.tries else None


def _key(limit: Limit, what: str) -> str:
    # No address is readable in the table.
    return hashlib.sha256(f"{limit.name} {what}".encode()).hexdigest()
