"""Which right a screen needs: said once, on the screen, and read by the test that walks all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from entraide.core.events import Refused

View = Callable[..., Any]


def needs(right: str, *, to_write: str | None = None) -> Callable[[View], View]:
    """Show a screen only to those who hold `right` at the desk; all others find nothing there (404).

    With `to_write`, sending the screen's form needs that right, too: who may only read is told so (403).
    """

    def around(view: View) -> View:
        @wraps(view)
        def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not (request.actor.may("desk.use") and request.actor.may_on_anything(right)):
                raise Http404
            if to_write and request.method not in ("GET", "HEAD") and not request.actor.may_on_anything(to_write):
                return render(request, "look/error.html", {"status": 403}, status=403)
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        answer.needs = right  # type: ignore[attr-defined]
        answer.to_write = to_write  # type: ignore[attr-defined]
        return answer

    return around


def typed_number(text: str | None) -> int | None:
    """Return a key that came with a request, or None when it is not one."""
    return int(text) if text and text.isdecimal() and len(text) < 18 else None


def clean(text: str) -> str:
    """Return typed text without the NUL characters that PostgreSQL cannot keep."""
    return text.replace("\x00", "")


def sentence(refused: Refused) -> dict[str, Any]:
    """Return a refusal as templates show it."""
    return {"message": refused.message, "field": refused.field}
