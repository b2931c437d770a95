"""How SCIM answers (RFC 7644): its media type, its errors, its lists; and whose token it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from entraide.core.events import Conflict, Refused
from entraide.core.scope import Scope, scoped
from entraide.entrance.provisioning import organisation_of_token
from entraide.people.models import Organisation

MEDIA_TYPE = "application/scim+json"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
AT_MOST = 200


class Wrong(Exception):
    """What was asked is not SCIM as we speak it; `kind` is one of RFC 7644's words for it."""

    def __init__(self, detail: str, kind: str = "invalidValue", status: int = 400) -> None:
        super().__init__(detail)
        self.detail, self.kind, self.status = detail, kind, status


class Missing(Exception):
    """There is no such resource in this organisation."""


View = Callable[..., tuple[int, dict[str, Any] | None]]


def spoken(*methods: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """Find the organisation of the token, enter its scope, and answer in SCIM whatever happens."""

    def around(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def answer(request: HttpRequest, **arguments: Any) -> HttpResponse:
            scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
            organisation = organisation_of_token(secret.strip()) if scheme.lower() == "bearer" else None
            if organisation is None:
                refused = error(401, "The token is missing, or holds no longer.")
                refused["WWW-Authenticate"] = 'Bearer realm="entraide"'
                return refused
            if request.method not in methods:
                return error(405, f"Only {', '.join(methods)} here.")
            with scoped(Scope.of(organisation.pk)), override("en"):
                return _answered(view, request, organisation, arguments)

        answer.login_required = False  # type: ignore[attr-defined]
        return answer

    return around


def _answered(view: View, request: HttpRequest, organisation: Organisation, arguments: dict[str, Any]) -> HttpResponse:
    try:
        with transaction.atomic():
            status, body = view(request, organisation, **arguments)
    except Missing:
        return error(404, "There is no such resource.")
    except Wrong as wrong:
        return error(wrong.status, wrong.detail, wrong.kind)
    except (Conflict, IntegrityError) as conflict:
        return error(409, getattr(conflict, "message", "It exists already."), "uniqueness")
    except Refused as refused:
        return error(400, refused.message, "invalidValue")
    text = json.dumps(body) if body is not None else ""
    done = HttpResponse(text, status=status, content_type=MEDIA_TYPE)
    if status == 201 and body:
        done["Location"] = body["meta"]["location"]
    return done


def error(status: int, detail: str, kind: str = "") -> HttpResponse:
    """Return an error as SCIM says it."""
    body = {"schemas": [f"{MESSAGES}Error"], "status": str(status), "detail": detail}
    if kind:
        body["scimType"] = kind
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Return what was sent. Raises Wrong."""
    try:
        sent = json.loads(request.body)
    except ValueError as wrong:
        raise Wrong("The body is not JSON.", "invalidSyntax") from wrong
    if not isinstance(sent, dict) or "\x00" in json.dumps(sent, ensure_ascii=False):
        raise Wrong("The body is not an object.", "invalidSyntax")
    return sent


def listed(request: HttpRequest, found: Any, shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return a page of a list, from `startIndex` on (which begins with 1)."""
    start = max(1, _number(request, "startIndex", 1))
    count = min(AT_MOST, max(0, _number(request, "count", AT_MOST)))
    rows = list(found[start - 1 : start - 1 + count]) if count else []
    return {
        "schemas": [f"{MESSAGES}ListResponse"],
        "totalResults": found.count(),
        "startIndex": start,
        "itemsPerPage": len(rows),
        "Resources": [shown(each) for each in rows],
    }


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 9 else usual
