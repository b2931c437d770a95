"""Identity providers of organisations as allauth knows them: from our table, asked over connections that are checked."""

from __future__ import annotations

import logging
from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from entraide.core import outside
from entraide.core.events import Refused
from entraide.core.secrets import SecretLost
from entraide.entrance.arriving import account_for, give_roles, identity_from, require_own
from entraide.entrance.models import IdentityProvider
from entraide.entrance.providers import active_providers, secret_of
from entraide.entrance.provisioning import groups_of

log = logging.getLogger("entraide.sign_in")
KIND = "openid_connect"


class OrganisationSignIn(DefaultSocialAccountAdapter):
    """Whom an organisation vouches for comes in; nobody connects anything by themselves."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        found = active_providers(None if provider in (None, KIND) else provider)
        return [_as_app(each) for each in found if client_id in (None, each.client_id)]

    def get_requests_session(self) -> requests.Session:
        session = super().get_requests_session()
        session.mount("https://", _Checked())
        session.mount("http://", _Checked())
        return session  # type: ignore[no-any-return]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find whose account it is, or say why nobody comes in by this."""
        provider = active_providers(sociallogin.account.provider)[0]
        claims = sociallogin.account.get_provider_account().get_user_data() or {}
        identity = identity_from(claims, provider)
        try:
            if sociallogin.is_existing:
                require_own(sociallogin.user, provider)
            else:
                sociallogin.connect(request, account_for(identity, provider))
        except Refused as refused:
            log.warning("Somebody came from an identity provider and was not let in.", extra={"provider": provider.pk})
            raise ImmediateHttpResponse(refusal(request, provider.name, refused.message)) from refused
        person = sociallogin.user.person
        give_roles(person, provider, groups_of(person, identity.groups))

    def on_authentication_error(
        self, request: Any, provider: Any, error: Any = None, exception: Any = None, **_rest: Any
    ) -> None:
        # Not what it said: that may name people.
        log.warning(
            "An identity provider did not let somebody through.", extra={"error": type(exception or error).__name__}
        )


def refusal(request: HttpRequest, name: str, why: str) -> HttpResponse:
    """Say why nobody comes in by this provider."""
    return render(request, "portal/organisation_refused.html", {"name": name, "why": why}, status=403)


class _Checked(requests.adapters.HTTPAdapter):
    """Sends to public addresses and the operator's own networks alone, redirects included."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            outside.check(request.url)
        except Refused as refused:
            raise requests.ConnectionError(refused.message) from refused
        return super().send(request, *args, **kwargs)


def _as_app(provider: IdentityProvider) -> Any:
    try:
        secret = secret_of(provider)
    except SecretLost:
        # The provider refuses an empty one, and says so.
        secret = ""
    return SocialApp(
        provider=KIND,
        provider_id=provider.key,
        name=provider.name,
        client_id=provider.client_id,
        secret=secret,
        settings={"server_url": provider.issuer, "oauth_pkce_enabled": True},
    )
