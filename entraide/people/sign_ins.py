"""What is written down of signing in: the sign-in library's own events, put into the words of the audit."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from entraide.audit.writing import Subject, write_down
from entraide.people.acting import find_person
from entraide.people.models import Account
from entraide.people.origin import origin_of


def listen() -> None:
    """Let the library tell us; called once, when the desk starts."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")
    for changed in (password_changed, password_set, password_reset):
        changed.connect(_password_changed, dispatch_uid="audit")
    authenticator_added.connect(_factor_added, dispatch_uid="audit")
    authenticator_removed.connect(_factor_removed, dispatch_uid="audit")
    authenticator_reset.connect(_codes_made, dispatch_uid="audit")


def _signed_in(request: Any, user: Any, **_rest: Any) -> None:
    _write("signed_in", request, user)


def _signed_out(request: Any, user: Any, **_rest: Any) -> None:
    if user is not None:
        _write("signed_out", request, user)


def _password_changed(request: Any, user: Any, **_rest: Any) -> None:
    _write("password_changed", request, user)


def _factor_added(request: Any, user: Any, authenticator: Any, **_rest: Any) -> None:
    codes = authenticator.type == Authenticator.Type.RECOVERY_CODES
    _write("recovery_codes_made" if codes else "second_factor_added", request, user, factor=authenticator.type)


def _factor_removed(request: Any, user: Any, authenticator: Any, **_rest: Any) -> None:
    _write("second_factor_removed", request, user, factor=authenticator.type)


def _codes_made(request: Any, user: Any, **_rest: Any) -> None:
    _write("recovery_codes_made", request, user)


def _failed(credentials: Any, request: Any = None, **_rest: Any) -> None:
    typed = str(credentials.get("email") or credentials.get("login") or credentials.get("username") or "").strip()
    account = Account.objects.select_related(None).filter(email__iexact=typed).first() if "\x00" not in typed else None
    # A password that was typed into the wrong field must not be kept: only what has the form of an address is.
    name = account.email if account else typed if "@" in typed and " " not in typed else ""
    person = find_person(account.person_id) if account else None
    write_down(
        "sign_in_failed",
        Subject("people.account", account.pk if account else None, name),
        organisation_id=person.organisation_id if person else None,
        by=origin_of(request, None) if request is not None else None,
    )


def _write(act: str, request: Any, account: Any, **details: str) -> None:
    person = find_person(account.person_id)
    write_down(
        act,
        Subject("people.account", account.pk, account.email),
        organisation_id=person.organisation_id if person else None,
        details=details,
        by=origin_of(request, person) if request is not None else None,
    )
