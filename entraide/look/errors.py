"""What people read when something is not there, not allowed, or broken."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "look/error.html", {"status": 400}, status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(
        request, "look/error.html", {"status": 403, "sentence": getattr(exception, "message", "")}, status=403
    )


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None, **_address: str) -> HttpResponse:
    return render(request, "look/error.html", {"status": 404}, status=404)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "look/error.html", {"status": 500}, status=500)


@login_not_required
def csrf_failure(request: Any, reason: str = "") -> HttpResponse:
    """A form that was open too long, or was sent from elsewhere."""
    return render(request, "look/error.html", {"status": 403, "is_stale": True}, status=403)
