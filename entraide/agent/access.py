"""Which right a screen needs: said once, on the screen, and read by the test that walks all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

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


def takes_post(page: str, *names: str) -> Callable[[View], View]:
    """Take what is sent by POST; whoever comes otherwise (after signing in, by loading again) is led to `page`.

    `names` are the arguments of this address that the page has, too.
    """

    def around(view: View) -> View:
        @wraps(view)
        def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in ("GET", "HEAD"):
                return to_page(request, page, **{name: kwargs[name] for name in names})
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        return answer

    return around


def to_page(request: Any, page: str, *, fragment: str = "", **arguments: Any) -> HttpResponse:
    """Lead to a page of the desk, with the question that stands in this address."""
    answer: HttpResponse = redirect(page, **arguments)
    if query := request.GET.urlencode():
        answer["Location"] += f"?{query}"
    if fragment:
        answer["Location"] += f"#{fragment}"
    return answer


def typed_number(text: str | None) -> int | None:
    """Return a key that came with a request, or None when it is not one."""
    return int(text) if text and text.isdecimal() and len(text) < 18 else None


def clean(text: str) -> str:
    """Return typed text without the NUL characters that PostgreSQL cannot keep."""
    return text.replace("\x00", "")


def sentence(refused: Refused) -> dict[str, Any]:
    """Return a refusal as templates show it."""
    return {"message": refused.message, "field": refused.field}
