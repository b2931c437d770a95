"""What stands in a field of a ticket, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.look.dates import date_format
from entraide.tickets.kinds import kinds
from entraide.tickets.models import Mode, ResolutionCode
from entraide.tickets.names import Names
from entraide.tickets.priority import Impact, Priority, Urgency
from entraide.tickets.status import Status

_CHOICES: dict[str, Any] = {
    "impact": Impact, "urgency": Urgency, "mode": Mode, "status": Status, "priority": Priority,
    "resolution_code": ResolutionCode,
}  # fmt: skip
_PEOPLE = frozenset({"requester_id", "on_behalf_of_id", "assignee_id", "major_lead_id"})


def field_words(name: str, value: Any, names: Names) -> str:
    """Return the value of the column `name` as people read it."""
    if name in _PEOPLE:
        return names.person(value)
    if name in _CHOICES:
        return str(_CHOICES[name](value).label) if value else _("none")
    match name:
        case "kind":
            return str(kinds.get(value).name) if value in kinds else str(value)
        case "category_id":
            return names.category(value)
        case "site_id":
            return names.site(value)
        case "team_id":
            return names.team(value)
        case "organisation_id":
            return names.organisation(value)
        case "agreement_version_id":
            return names.agreement_version(value) if value else _("none")
        case "pending_reason":
            return names.pending_reason(value) if value else _("nothing")
        case "level":
            return f"N{value}" if value else _("none")
        case "tags":
            return ", ".join(value or []) or _("none")
        case "watcher_ids":
            return ", ".join(names.people(value or [])) or _("nobody")
        case _ if isinstance(value, datetime):
            return date_format(localtime(value), "j F Y, H:i")
        case _ if value is None:
            return _("none")
        case _:
            return str(value)
