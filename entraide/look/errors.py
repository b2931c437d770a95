"""What people read when something is not there, not allowed, or broken."""

from __future__ import annotations

import logging
import sys
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from entraide.core.clock import now

log = logging.getLogger("entraide.look")

# What PostgreSQL says when it is away, starts, stops, or has no room left: it passes.
PASSING = (OperationalError, InterfaceError)
RETRY_AFTER_S = 30
# Within which span what was asked for at an address is counted (settings.py), at the most.
USUAL_SPAN = timedelta(minutes=1)
SPANS = {"/account/password/reset/": timedelta(minutes=10), "/account/login/code/": timedelta(minutes=10)}


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # A form whose words alone are longer than what is accepted.
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(request, "look/error.html", {"status": status}, status=status)


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
    """Something failed: 503 where it passes by itself (the database is away or full), else 500."""
    if isinstance(sys.exc_info()[1], PASSING):
        return _plain_page(503)
    try:
        return render(request, "look/error.html", {"status": 500}, status=500)
    except Exception:
        log.exception("Not even the page that says so could be shown.")
        return _plain_page(500)


def too_large_page() -> HttpResponse:
    """More was sent than is accepted: said before anything is read, to whoever it is."""
    return _plain_page(413)


def _plain_page(status: int) -> HttpResponse:
    """Say what is wrong without asking the database who looks."""
    answer = HttpResponse(render_to_string("look/error.html", {"status": status}), status=status)
    if status == 503:
        answer["Retry-After"] = str(RETRY_AFTER_S)
    return answer


@login_not_required
def too_many_requests(request: HttpRequest, until: datetime | None = None) -> HttpResponse:
    """Something was tried too often; `until` says when it may be tried again."""
    until = until or now() + SPANS.get(request.path, USUAL_SPAN)
    answer = render(request, "look/error.html", {"status": 429, "until": until}, status=429)
    answer["Retry-After"] = str(max(1, ceil((until - now()).total_seconds())))
    return answer


@login_not_required
def csrf_failure(request: Any, reason: str = "") -> HttpResponse:
    """A form that was open too long, or was sent from elsewhere."""
    return render(request, "look/error.html", {"status": 403, "is_stale": True}, status=403)
