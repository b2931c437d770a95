"""What machines ask of the web server: whether it lives, whether it can work, and its figures. No page, no session."""

from __future__ import annotations

import hmac
import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from entraide.backups.restoring import unfinished
from entraide.config.figures import exposition
from entraide.config.setup import pending_migrations

log = logging.getLogger("entraide.probes")


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers: 200, without asking the database. A supervisor restarts what does not."""
    return _plain("ok")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """It can do its work: 200, or 503 with what is missing. A balancer sends requests only to what is ready."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        half_a_desk = unfinished()
        missing = pending_migrations()
    except DatabaseError:
        log.warning("Not ready: the database does not answer.")
        return _plain("The database does not answer.", status=503)
    if half_a_desk:
        return _plain("A restore has begun and did not end.", status=503)
    if missing:
        return _plain(f"Migrations are missing: {len(missing)}. Run `entraide migrate`.", status=503)
    return _plain("ok")


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever knows ENTRAIDE_METRICS_TOKEN; without one set there is nothing here."""
    token = settings.ENTRAIDE.metrics_token
    if not token:
        raise Http404
    shown = request.headers.get("Authorization", "")
    if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        answer = _plain("Say the token: Authorization: Bearer …", status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _plain(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8", status=status)
