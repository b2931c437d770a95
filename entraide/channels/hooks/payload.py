"""What an endpoint is told: docs/hooks.md describes it for those who read it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from entraide.channels.hooks.models import Endpoint
from entraide.channels.hooks.wanted import type_of
from entraide.core.clock import now
from entraide.people.models import Person
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.timeline import lines_of

TEST = "endpoint.test"
WORDS_AT_MOST = 10_000


def message_of(entry: TicketEntry, endpoint: Endpoint) -> str:
    """Return the body of the message about `entry`, with as many words as `endpoint` gets."""
    data = {"ticket": _ticket(entry.ticket, endpoint), "entry": _entry(entry, endpoint)}
    return _body(type_of(entry.kind), entry.at, data)


def test_message(endpoint: Endpoint) -> str:
    """Return the body of a message that tells of nothing but the connection."""
    return _body(TEST, now(), {"endpoint": {"name": endpoint.name}, "desk": settings.ENTRAIDE.base_url})


def _body(type: str, at: datetime, data: dict[str, Any]) -> str:
    return json.dumps(
        {"type": type, "timestamp": _instant(at), "data": data}, ensure_ascii=False, separators=(",", ":")
    )


def _ticket(ticket: Ticket, endpoint: Endpoint) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "number": ticket.number,
        "reference": ticket.reference,
        "url": f"{settings.ENTRAIDE.base_url}/desk/tickets/{ticket.number}/",
        "kind": ticket.kind,
        "status": ticket.status,
        "priority": ticket.priority,
        "level": ticket.level,
        "channel": ticket.channel,
        "organisation_id": ticket.organisation_id,
        "category_id": ticket.category_id,
        "team_id": ticket.team_id,
        "requester": _person(ticket.requester, endpoint),
        "assignee": _person(ticket.assignee, endpoint),
        "is_major": ticket.major_since is not None,
        "opened_at": _instant(ticket.opened_at),
        "resolved_at": _instant(ticket.resolved_at),
        "closed_at": _instant(ticket.closed_at),
        "version": ticket.version,
    }
    if endpoint.with_words:
        facts |= {"subject": ticket.subject, "organisation": ticket.organisation.name}
    return facts


def _entry(entry: TicketEntry, endpoint: Endpoint) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "number": entry.number,
        "kind": entry.kind,
        "at": _instant(entry.at),
        "is_public": entry.is_public,
        "actor": _person(entry.actor_person, endpoint),
    }
    if endpoint.with_words:
        with translation.override(settings.LANGUAGE_CODE):
            (line,) = lines_of([entry])
        facts |= {
            "sentence": line.sentence,
            "text": line.text[:WORDS_AT_MOST],
            "text_is_cut": len(line.text) > WORDS_AT_MOST,
            "attachments": [each.name for each in line.attachments],
        }
    return facts


def _person(person: Person | None, endpoint: Endpoint) -> dict[str, Any] | None:
    if person is None:
        return None
    return {"id": person.pk, "name": person.name} if endpoint.with_words else {"id": person.pk}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
