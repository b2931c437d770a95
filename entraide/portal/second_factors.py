"""Second factors as allauth keeps them, in our words: names, secrets at rest, and what may not be taken away."""

from __future__ import annotations

import base64
import secrets
from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from entraide.core.secrets import SecretLost, conceal, reveal
from entraide.entrance.factors import REAL, is_demanded
from entraide.look.user_agents import name_of
from entraide.people.acting import find_person

PURPOSE = "second-factors"
# A code of an app is taken half a minute early and late; for as long it may not come again.
CODE_HOLDS_S = 120


class Factors(DefaultMFAAdapter):
    """What our desk decides of second factors."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Take the newest one."),
        "cannot_delete_authenticator": _(
            "Your role needs a second factor: set another one up before you take this one away."
        ),
    }

    def get_totp_issuer(self) -> str:
        brand = getattr(context.request, "brand", None)
        return brand.name if brand and brand.name else f"Entraide ({context.request.get_host()})"

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return name_of(context.request.headers.get("User-Agent", ""))

    def encrypt(self, text: str) -> str:
        return conceal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return reveal(encrypted_text, purpose=PURPOSE)
        except SecretLost:
            # Nobody can know this one: no code is right until the factor is set up anew.
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Tell whether a factor may go: the last one may not while a role of its person asks for one."""
        factors = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=REAL)
        if authenticator.type not in REAL or factors.exclude(pk=authenticator.pk).exists():
            return True
        person = find_person(authenticator.user.person_id)
        return person is None or not is_demanded(person)


class _Once:
    """A code is taken once, whoever looked over the shoulder of whom."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        digits = "".join(code.split())
        if not cache.add(f"entraide.factor-code:{self.user.pk}:{digits}", 1, timeout=CODE_HOLDS_S):  # type: ignore[attr-defined]
            raise Factors().validation_error("incorrect_code")
        return code


class SecondStepForm(_Once, AuthenticateForm):
    """The code at sign-in."""


class ConfirmForm(_Once, ReauthenticateForm):
    """The code before something important changes."""


class PasskeyForm(AddWebAuthnForm):
    """A new passkey or security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].max_length = 80
        self.fields["name"].help_text = _("By which you will know it again.")
        self.fields["passwordless"].label = _("Also sign in with it alone, without my password")
        self.fields["passwordless"].help_text = _(
            "Needs a device that asks for your finger, your face or a PIN. Without it, it is a second step after the password."
        )
        self.fields["passwordless"].initial = True


class PasskeyRemoval(RemoveWebAuthnView):
    """Takes a passkey away, unless it is the last factor of somebody whose role needs one."""

    def form_valid(self, form: Any) -> HttpResponse:
        adapter = Factors()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return redirect("portal:security")
        return super().form_valid(form)  # type: ignore[no-any-return]
