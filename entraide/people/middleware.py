"""Enters, once per request, who acts and whose data they may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from entraide.audit.origin import coming_from
from entraide.core.actor import Actor
from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for, find_person, scope_for
from entraide.people.models import Person
from entraide.people.origin import origin_of
from entraide.people.refusals import REFUSED, note_refusal

NOBODY = Actor("person")


class ActorAndScope:
    """Sets `request.person`, `request.actor` and `request.reach`.

    Without a signed-in person there is no scope: an open view that needs one enters it by
    itself, from what it was given (a signed link, a token).
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self.get_response):
            return self._answer_async(request)
        person = _signed_in(request)
        scope = enter(request, person)
        with coming_from(origin_of(request, person)):
            if scope is None:
                response = self.get_response(request)
            else:
                with scoped(scope):
                    response = self.get_response(request)
        note_refusal(request, response.status_code)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponse:
        person = await sync_to_async(_signed_in)(request)
        scope = enter(request, person)
        with coming_from(origin_of(request, person)):
            if scope is None:
                response: HttpResponse = await self.get_response(request)
            else:
                with scoped(scope):
                    response = await self.get_response(request)
        if response.status_code in REFUSED:
            await sync_to_async(note_refusal)(request, response.status_code)
        return response


def enter(request: Any, person: Person | None) -> Scope | None:
    """Note on the request who acts; return the scope to enter, or None for nobody."""
    request.person = person
    if person is None:
        request.actor, request.reach = NOBODY, None
        return None
    # Not `request.scope`: that is the ASGI server's.
    request.actor, request.reach = actor_for(person), scope_for(person)
    if person.language and not request.COOKIES.get("django_language"):
        translation.activate(person.language)
        request.LANGUAGE_CODE = person.language
    reach: Scope = request.reach
    return reach


def _signed_in(request: HttpRequest) -> Person | None:
    user: Any = request.user
    if not user.is_authenticated:
        return None
    person = find_person(user.person_id)
    return person if person is not None and person.is_active else None
