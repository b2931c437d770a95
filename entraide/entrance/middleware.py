"""What holds for each request of somebody who is signed in: the sign-in still lasts, and no factor is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect
from django.urls import reverse

from entraide.core.clock import now
from entraide.entrance.factors import demand_on
from entraide.entrance.sessions import SEEN_EVERY, follow_key, goes_on

# What whoever lacks a factor can still reach: everything that leads to one, and out.
ALWAYS_OPEN = ("/account/", "/me/security/", "/language", "/brand/")
# In the session: the provider of the organisation asked for a second factor itself.
VOUCHED_FOR = "factor_asked_elsewhere"
# When no factor was found missing: asked anew every few minutes, so that a request costs no query.
ASKED = "factor_asked_at"


class _Around:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self.get_response):
            return self._answer_async(request)
        response = self.before(request) or self.get_response(request)
        self.after(request)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponse:
        refused = await sync_to_async(self.before)(request)
        if refused is not None:
            return refused
        response: HttpResponse = await self.get_response(request)
        await sync_to_async(self.after)(request)
        return response

    def before(self, request: Any) -> HttpResponse | None:
        """Return an answer instead of the page, or None."""
        return None

    def after(self, request: Any) -> None:
        """Note what the page changed."""


class Lasting(_Around):
    """Signs out whose sign-in has lasted long enough, and notes that the others are used."""

    def before(self, request: Any) -> None:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated and not goes_on(request):
            logout(request)

    def after(self, request: Any) -> None:
        if request.session.accessed:
            follow_key(request)


class FactorDemanded(_Around):
    """Leads whoever should have a second factor for long to the page where it is set up."""

    def before(self, request: Any) -> HttpResponse | None:
        person = getattr(request, "person", None)
        if person is None or request.path.startswith(ALWAYS_OPEN) or came_with_factor(request):
            return None
        asked_at = request.session.get(ASKED)
        if asked_at and now() - datetime.fromisoformat(asked_at) < SEEN_EVERY:
            return None
        demand = demand_on(person, request.user)
        if demand is None or not demand.is_over:
            request.session[ASKED] = now().isoformat()
            return None
        page = reverse("portal:security")
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": page})
        if request.headers.get("Accept") == "text/event-stream":
            return HttpResponseForbidden()
        return redirect(page)


def came_with_factor(request: Any) -> bool:
    """Tell whether this session began with a second factor: it need not be asked again."""
    if request.session.get(VOUCHED_FOR):
        return True
    records = request.session.get("account_authentication_methods") or []
    return any(each.get("method") == "mfa" for each in records)
