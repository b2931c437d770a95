"""The form of a ticket's plain fields: as stored, and as typed when a colleague has changed some meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entraide.agent.access import typed_number
from entraide.tickets.events.editing import FieldsEdited
from entraide.tickets.kinds import kinds
from entraide.tickets.models import Mode, Ticket
from entraide.tickets.names import Names
from entraide.tickets.priority import Impact, Urgency

IN_FORM = ("subject", "kind", "mode", "category_id", "site_id", "impact", "urgency", "tags")


def stored_fields(ticket: Ticket) -> dict[str, str]:
    """Return each field as the form writes it."""
    return {name: _written(getattr(ticket, name)) for name in IN_FORM}


def filled(ticket: Ticket, typed: Mapping[str, str], *, is_conflict: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the form shows after a refusal and, after a conflict, beside it what the ticket has now.

    What the person had left as it was takes the value that a colleague has given it meanwhile.
    """
    stored = stored_fields(ticket)
    shown = {name: typed.get(name, stored[name]) for name in IN_FORM}
    if not is_conflict:
        return shown, {}
    seen = stored | _before(ticket, typed_number(typed.get("version")))
    shown = {name: stored[name] if shown[name] == seen[name] else shown[name] for name in IN_FORM}
    now = {name: _in_words(name, getattr(ticket, name)) for name in IN_FORM if shown[name] != stored[name]}
    return shown, now


def _before(ticket: Ticket, version: int | None) -> dict[str, str]:
    """Return what the fields edited since this version had been."""
    before: dict[str, str] = {}
    if version is not None:
        for entry in ticket.timeline().filter(number__gt=version, kind=FieldsEdited.kind).order_by("-number"):
            before |= {name: _written(value) for name, value in entry.event.before.items() if name in IN_FORM}
    return before


def _written(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


def _in_words(name: str, value: Any) -> str:
    match name:
        case "kind":
            kind = kinds.get(value)
            return str(kind.name) if kind else str(value)
        case "mode":
            return str(Mode(value).label)
        case "impact":
            return str(Impact(value).label)
        case "urgency":
            return str(Urgency(value).label)
        case "category_id":
            return Names().category(value) if value else "—"
        case "site_id":
            return Names().site(value) if value else "—"
        case _:
            return _written(value) or "—"
