"""How people come in: nobody signs up by themselves, and everybody lands where they work."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from entraide.channels.push.keeping import leave
from entraide.people.acting import actor_for, find_person


class NoSignUp(DefaultAccountAdapter):
    """Accounts are made by the desk."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and tell this browser nothing any more."""
        leave(request.session.session_key)
        super().logout(request)

    def get_login_redirect_url(self, request: Any) -> str:
        """Return the desk for those who work there, the portal for all others."""
        person = find_person(request.user.person_id)
        at_the_desk = person is not None and actor_for(person).may("desk.use")
        # Under the host name of a client there is no desk.
        return "/desk/" if at_the_desk and request.brand is None else "/"
