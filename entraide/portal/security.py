"""Account security: one's own factors, where one is signed in, and how one came in lately."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from entraide.entrance import sessions
from entraide.entrance.factors import demand_on, has_factor, is_demanded
from entraide.entrance.models import Ending, SignIn
from entraide.look.user_agents import name_of
from entraide.people.models import Account

CODES_ARE_FEW = 3


@require_safe
def security(request: Any) -> HttpResponse:
    """What protects this account, and where it is used."""
    account: Account = request.user
    factors = list(Authenticator.objects.filter(user=account).order_by("created_at"))
    codes = next((each for each in factors if each.type == Authenticator.Type.RECOVERY_CODES), None)
    left = len(codes.wrap().get_unused_codes()) if codes else 0
    context = {
        "has_password": account.has_usable_password(),
        "has_factor": has_factor(account),
        "is_demanded": is_demanded(request.person),
        "demand": demand_on(request.person, account),
        "app": next((each for each in factors if each.type == Authenticator.Type.TOTP), None),
        "keys": [_key(each) for each in factors if each.type == Authenticator.Type.WEBAUTHN],
        "codes": codes,
        "codes_left": left,
        "codes_are_few": codes is not None and left < CODES_ARE_FEW,
        "signed_in": [_line(each, request) for each in sessions.open_now(account)],
        "past": [_line(each, request) for each in sessions.past(account)],
    }
    return render(request, "portal/security.html", context)


@require_POST
def session_end(request: Any, key: int) -> HttpResponse:
    """End one of one's own sign-ins."""
    if not sessions.end_one(request.user, key):
        raise Http404
    messages.success(request, _("That browser is signed out."))
    return redirect("portal:security")


@require_POST
def sessions_end(request: Any) -> HttpResponse:
    """End all of one's own sign-ins but this one."""
    n = sessions.end_all(request.user, Ending.REVOKED, but=request)
    words = ngettext("%(n)d other browser is signed out.", "%(n)d other browsers are signed out.", n)
    messages.success(request, words % {"n": n})
    return redirect("portal:security")


def _key(factor: Authenticator) -> dict[str, Any]:
    wrapped = factor.wrap()
    return {"factor": factor, "name": wrapped.name, "is_passkey": wrapped.is_passwordless}


def _line(row: SignIn, request: Any) -> dict[str, Any]:
    note = request.session.get(sessions.NOTE) or {}
    return {"row": row, "browser": name_of(row.user_agent), "is_here": row.pk == note.get("row")}
