"""Who calls, what they may do, and what becomes of a repeated request: around every operation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from entraide.api.models import IdempotentAnswer
from entraide.api.problems import MissingScope, problem, unauthorised
from entraide.api.tokens import find_token
from entraide.audit.origin import coming_from
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.scope import scoped
from entraide.people.acting import actor_for, find_person, scope_for
from entraide.people.origin import origin_of


class Bearer(HttpBearer):
    """`Authorization: Bearer ent_…`; the token was looked up before the operation began."""

    openapi_bearerFormat = "ent_…"

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return request.token  # type: ignore[attr-defined]


def around(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Find the token's person, enter their scope, and answer a repeated change as the first time."""

    @wraps(run)
    def answer(request: Any, **arguments: Any) -> HttpResponse:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        token = find_token(secret.strip()) if scheme.lower() == "bearer" else None
        person = find_person(token.person_id) if token else None
        if token is None or person is None or not person.is_active:
            return unauthorised()
        request.token, request.person = token, person
        request.actor, request.reach = actor_for(person), scope_for(person)
        with scoped(request.reach), coming_from(origin_of(request, person, channel="api")):
            key = request.headers.get("Idempotency-Key", "")
            if key and request.method not in ("GET", "HEAD", "OPTIONS"):
                return _once(request, key, lambda: run(request, **arguments))
            with transaction.atomic():
                return _undone_on_error(run(request, **arguments))

    return answer


def require(request: Any, scope: str) -> None:
    """Raise MissingScope unless the token has `scope`."""
    if scope not in request.token.scopes:
        raise MissingScope(scope)


def actor_of(request: Any) -> Actor:
    """Return who calls."""
    actor: Actor = request.actor
    return actor


def _once(request: Any, key: str, run: Callable[[], HttpResponse]) -> HttpResponse:
    if len(key) > 255 or "\x00" in key:
        return problem(422, _("Not valid"), _("An Idempotency-Key has 255 characters at the most."))
    # One key for a POST and a DELETE of one address is a mistake, not a repeat.
    method = "" if request.method == "POST" else f"{request.method} "
    digest = hashlib.sha256(f"{method}{request.get_full_path()}\n".encode() + _body_of(request)).hexdigest()
    with transaction.atomic():
        # A second request with this key waits here until the first one is done.
        row, is_new = IdempotentAnswer.objects.get_or_create(
            token=request.token, key=key, defaults={"request_digest": digest, "created_at": now()}
        )
        if not is_new:
            if row.request_digest != digest:
                return problem(422, _("Key used twice"), _("This Idempotency-Key came with another request before."))
            repeated = HttpResponse(row.body, status=row.status, content_type="application/json; charset=utf-8")
            repeated["Idempotency-Replayed"] = "true"
            return repeated
        response = _undone_on_error(run())
        if response.status_code < 400:
            IdempotentAnswer.objects.filter(pk=row.pk).update(
                status=response.status_code, body=response.content.decode()
            )
        return response


def _undone_on_error(response: HttpResponse) -> HttpResponse:
    """Take back whatever an operation changed before it failed."""
    if response.status_code >= 400:
        transaction.set_rollback(True)
    return response


def _body_of(request: Any) -> bytes:
    if request.content_type == "multipart/form-data":
        # Their names and content: a boundary differs from one sending to the next.
        files = [each for field in sorted(request.FILES) for each in request.FILES.getlist(field)]
        return b"".join(
            repr(each.name).encode() + hashlib.sha256(each.read()).digest() + _rewound(each) for each in files
        )
    body: bytes = request.body
    return body


def _rewound(upload: Any) -> bytes:
    upload.seek(0)
    return b""
