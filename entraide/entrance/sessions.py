"""Where an account is signed in: beginning, going on, ending; for how long, says `SessionRule`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from entraide.core.clock import now
from entraide.entrance.models import Ending, SessionRule, SignIn, Way
from entraide.people.acting import find_person, is_staff
from entraide.people.models import Account

# In the session itself, so that a request costs no query: which row, under which key, seen when.
NOTE = "sign_in"
SEEN_EVERY = timedelta(minutes=5)
KEPT = timedelta(days=180)
SHOWN_AT_MOST = 20
USUAL = {
    SessionRule.Group.STAFF: SessionRule(group="staff", idle_hours=72, limit_days=14),
    SessionRule.Group.OTHERS: SessionRule(group="others", idle_hours=336, limit_days=90),
}


def begin(request: Any, account: Account, *, way: str = Way.PASSWORD, with_factor: bool = False) -> SignIn:
    """Note that this account signed in with this request's browser."""
    if not request.session.session_key:
        request.session.save()
    at = now()
    row = SignIn.objects.create(
        account=account,
        session_key=request.session.session_key,
        way=way,
        with_factor=with_factor,
        address=request.META.get("REMOTE_ADDR") or None,
        user_agent=request.headers.get("User-Agent", "")[:300],
        began_at=at,
        seen_at=at,
    )
    request.session[NOTE] = _note(row, request)
    return row


def goes_on(request: Any) -> bool:
    """Tell whether this request's sign-in still holds, and note (every few minutes) that it is used."""
    note = request.session.get(NOTE)
    if note is None:
        # From before sign-ins were noted.
        begin(request, request.user)
        return True
    seen_at = datetime.fromisoformat(note["seen"])
    at = now()
    if at - seen_at < SEEN_EVERY:
        return True
    row = SignIn.objects.filter(pk=note["row"], ended_at=None).first()
    if row is None:
        return False
    rule = rule_for(request.user)
    if at - seen_at > rule.idle or at - row.began_at > rule.limit:
        _end([row], Ending.IDLE if at - seen_at > rule.idle else Ending.LIMIT)
        return False
    row.seen_at = at
    row.address = request.META.get("REMOTE_ADDR") or None
    row.save(update_fields=["seen_at", "address"])
    request.session[NOTE] = _note(row, request)
    return True


def follow_key(request: Any) -> None:
    """Remember the session's new key: it changes when a password does."""
    note = request.session.get(NOTE)
    key = request.session.session_key
    if note is None or not key or note["key"] == key:
        return
    SignIn.objects.filter(pk=note["row"]).update(session_key=key)
    request.session[NOTE] = {**note, "key": key}


def end_this(request: Any, ending: Ending = Ending.SIGNED_OUT) -> None:
    """Note that the sign-in of this request ends; the session itself is ended by whoever calls."""
    note = request.session.get(NOTE)
    if note is not None:
        SignIn.objects.filter(pk=note["row"], ended_at=None).update(ended_at=now(), ending=ending)


def end_all(account: Account, ending: Ending, *, but: Any = None) -> int:
    """End every sign-in of this account, except that of the request `but`; return how many ended."""
    rows = SignIn.objects.filter(account=account, ended_at=None)
    note = but.session.get(NOTE) if but is not None else None
    if note is not None:
        rows = rows.exclude(pk=note["row"])
    return _end(list(rows), ending)


def end_one(account: Account, key: int) -> bool:
    """End one sign-in of this account; tell whether there was one."""
    return bool(_end(list(SignIn.objects.filter(account=account, pk=key, ended_at=None)), Ending.REVOKED))


def open_now(account: Account) -> list[SignIn]:
    """Return where this account is signed in, the latest used first."""
    rows = SignIn.objects.filter(account=account, ended_at=None).order_by("-seen_at")[: 2 * SHOWN_AT_MOST]
    alive = set(
        Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=now()).values_list(
            "session_key", flat=True
        )
    )
    return [row for row in rows if row.session_key in alive]


def past(account: Account) -> QuerySet[SignIn]:
    """Return the latest sign-ins of this account."""
    return SignIn.objects.filter(account=account)[:SHOWN_AT_MOST]


def rule_for(account: Account) -> SessionRule:
    """Return how long a sign-in of this account lasts."""
    person = find_person(account.person_id)
    group = SessionRule.Group.STAFF if person is not None and is_staff(person) else SessionRule.Group.OTHERS
    return rule_of(group)


def rule_of(group: SessionRule.Group) -> SessionRule:
    """Return what holds for a group: as it was set, else as usual."""
    return SessionRule.objects.filter(group=group).first() or USUAL[group]


def forget_old() -> None:
    """Delete sessions that have expired, and sign-ins that nobody needs to remember."""
    at = now()
    Session.objects.filter(expire_date__lt=at).delete()
    SignIn.objects.filter(seen_at__lt=at - KEPT).delete()


def _end(rows: list[SignIn], ending: Ending) -> int:
    with transaction.atomic():
        SignIn.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=now(), ending=ending)
        Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    return len(rows)


def _note(row: SignIn, request: Any) -> dict[str, Any]:
    return {"row": row.pk, "key": request.session.session_key, "seen": row.seen_at.isoformat()}
