"""Where those who find a hole tell of it: /.well-known/security.txt (RFC 9116)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from entraide.core.clock import now

# The RFC wants less than a year, so that what nobody looks after any more goes away by itself.
HOLDS_FOR = timedelta(days=180)


@login_not_required
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to write to; without ENTRAIDE_SECURITY_CONTACT there is nothing here."""
    contact = settings.ENTRAIDE.security_contact
    if not contact:
        raise Http404
    ends = (now() + HOLDS_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {contact if ':' in contact else f'mailto:{contact}'}",
        f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {settings.ENTRAIDE.base_url}/.well-known/security.txt",
    )
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
