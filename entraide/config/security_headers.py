"""Headers that tell the browser what a page of ours never does."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

OWN_IMAGES = "'self' data:"
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src {images}; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {frames}"
)


class SecurityHeaders:
    """Sets a strict Content-Security-Policy unless the view set its own; `request.csp_nonce` is this page's nonce."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        if iscoroutinefunction(self.get_response):
            return self._answer_async(request, nonce)
        return _with_headers(self.get_response(request), request, nonce)

    async def _answer_async(self, request: HttpRequest, nonce: str) -> HttpResponse:
        return _with_headers(await self.get_response(request), request, nonce)


def _with_headers(response: HttpResponse, request: HttpRequest, nonce: str) -> HttpResponse:
    images = OWN_IMAGES
    if getattr(request, "shows_remote_images", False):
        # Somebody asked to see the images of a mail, on this page and this once.
        images += " https: http:"
    # Only a page that says so itself may stand in the pages of others.
    frames = getattr(request, "frame_ancestors", "'none'")
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce, images=images, frames=frames))
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    return response
