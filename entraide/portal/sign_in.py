"""How people come in: nobody signs up by themselves, and everybody lands where they work."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.channels.push.keeping import leave
from entraide.entrance import known_browsers, limits, sessions
from entraide.entrance.factors import demand_on
from entraide.entrance.jobs import account_mail
from entraide.entrance.mails import CODE_HOLDS, OTHERS_WAIT, seal
from entraide.entrance.middleware import VOUCHED_FOR
from entraide.entrance.models import Ending, Way
from entraide.entrance.providers import active_providers, only_provider_of
from entraide.entrance.ways import way_of
from entraide.look.dates import date_format
from entraide.look.errors import too_many_requests
from entraide.people.acting import actor_for, find_person

RECORDS = "account_authentication_methods"
CODE = "account/email/login_code"
FACTOR_CHANGED = "mfa/email/"


class NoSignUp(DefaultAccountAdapter):
    """Accounts are made by the desk."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("This mail address and this password do not belong together."),
        "incorrect_code": gettext_lazy("This code is not right. Take the newest one."),
        "incorrect_password": gettext_lazy("This password is not right."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Try again in ten minutes at the latest."),
        "rate_limited": gettext_lazy("Too many attempts. Try again in ten minutes at the latest."),
        "enter_current_password": gettext_lazy("This is not your present password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: Any, **known: Any) -> HttpResponse | None:
        """Let nobody in who is no longer active in the directory."""
        person = find_person(user.person_id)
        if person is None or not person.is_active:
            answer: HttpResponse = self.respond_user_inactive(request, user)
            return answer
        provider = only_provider_of(user)
        records = request.session.get(RECORDS) or []
        if provider is not None and (not records or records[-1].get("method") != "socialaccount"):
            messages.error(
                request,
                _("People of your organisation sign in by %(name)s: type your mail address alone.")
                % {"name": provider.name},
            )
            return redirect("account_login")
        refused: HttpResponse | None = super().pre_login(request, user, **known)
        return refused

    def login(self, request: HttpRequest, user: Any) -> None:
        records = request.session.get(RECORDS) or []
        super().login(request, user)
        way, with_factor = way_of(records)
        if way == Way.PROVIDER and any(each.asks_factor for each in active_providers(records[-1].get("provider"))):
            with_factor = request.session[VOUCHED_FOR] = True
        sessions.begin(request, user, way=way, with_factor=with_factor)

    def post_login(self, request: HttpRequest, user: Any, **known: Any) -> HttpResponse:
        answer: HttpResponse = super().post_login(request, user, **known)
        known_browsers.remember(request, answer, user)
        person = find_person(user.person_id)
        demand = demand_on(person, user) if person is not None else None
        if demand is not None and not demand.is_over:
            day = date_format(demand.until, "j F Y")
            messages.warning(
                request,
                _("From %(day)s on your role needs a second factor: set it up under My data › Account security.")
                % {"day": day},
            )
        return answer

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and tell this browser nothing any more."""
        leave(request.session.session_key)
        sessions.end_this(request)
        super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        """Set another password; every other sign-in ends."""
        super().set_password(user, password)
        here = self.request if self.request.user == user else None
        sessions.end_all(user, Ending.PASSWORD, but=here)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail: whether an address has an account cannot be told by how long the answer takes."""
        given = {"request": self.request, "email": email, "desk": self.request.get_host(), **context}
        message = self.render_mail(template_prefix, email, given)
        account_mail.defer(sealed=seal(message, waits=CODE_HOLDS if template_prefix == CODE else OTHERS_WAIT))

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """Tell somebody by mail that their account changed; with another factor, every other sign-in ends."""
        if template_prefix.startswith(FACTOR_CHANGED):
            sessions.end_all(user, Ending.FACTOR, but=self.request)
        super().send_notification_mail(template_prefix, user, *args, **kwargs)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try. Where too many were made, a page says when there is another."""
        login = str(credentials.get("email", ""))
        browser = known_browsers.name_for(request, login)
        try:
            self._counted = limits.try_password(login, address=self.get_client_ip(request), browser=browser)
        except limits.TooMany as refused:
            raise ImmediateHttpResponse(too_many_requests(request, until=refused.until)) from refused

    def _rollback_login_failed_rl_usage(self) -> None:
        limits.take_back(self._counted)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("portal:security")

    def get_login_redirect_url(self, request: Any) -> str:
        """Return the desk for those who work there, the portal for all others."""
        person = find_person(request.user.person_id)
        at_the_desk = person is not None and actor_for(person).may("desk.use")
        # Under the host name of a client there is no desk.
        return "/desk/" if at_the_desk and request.brand is None else "/"
