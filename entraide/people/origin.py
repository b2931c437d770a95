"""Who sends a request, as the audit writes it down."""

from __future__ import annotations

from typing import Any

from entraide.audit.origin import Channel, Origin
from entraide.people.models import Person


def origin_of(request: Any, person: Person | None, *, channel: Channel = "page") -> Origin:
    """Return who sends this request, and from where; nobody where `person` is None."""
    address = request.META.get("REMOTE_ADDR") or None
    if person is None:
        return Origin(channel, "nobody", address=address)
    return Origin(channel, "person", person.pk, person.name, address)
