"""That somebody was refused what they asked for is written into the audit, without letting a program fill it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from entraide.audit.writing import Subject, write_down_once
from entraide.people.origin import origin_of

REFUSED = (403, 404)
# Whoever tries a thousand numbers of one page is written down once, with the first.
ONCE_IN = timedelta(minutes=10)


def note_refusal(request: Any, status: int) -> None:
    """Write down that a signed-in person got 403 or 404 from a page there is; once in ten minutes for each page, way and status."""
    match = getattr(request, "resolver_match", None)
    if status not in REFUSED or request.person is None or match is None:
        return
    by = origin_of(request, request.person, channel="api" if hasattr(request, "token") else "page")
    subject = Subject("page", None, f"{match.view_name or match.route} {status}")
    details = {"method": request.method, "path": request.path}
    organisation_id = request.person.organisation_id
    write_down_once(ONCE_IN, "refused", subject, organisation_id=organisation_id, details=details, by=by)
