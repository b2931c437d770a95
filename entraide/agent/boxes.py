"""The boxes in which one writes on a ticket: which there are now, and what a refused form left in them."""

from __future__ import annotations

from typing import Any

from entraide.agent.access import clean
from entraide.agent.sending import Sent
from entraide.agent.ticket_fields import filled, stored_fields
from entraide.core.events import Conflict, Refused
from entraide.people.models import Level
from entraide.tickets.events.escalating import may_receive
from entraide.tickets.models import Ticket
from entraide.tickets.status import Status

WRITTEN_IN = ("text", "observed", "tried", "asked", "happened", "why", "changes")
REASON_WRITTEN_IN = ("handover_return", "standing_down")


def boxes(request: Any, found: Ticket, may: dict[str, bool], box: str) -> dict[str, bool]:
    """Return which boxes there are now for what one does next."""
    is_done = found.status in (Status.RESOLVED, Status.CLOSED)
    moves_on = not is_done and not found.awaits_acceptance
    return {
        # Who was answering while a colleague resolved may still send what they wrote.
        "replies": may["reply"] and (not is_done or (box == "replies" and found.status == Status.RESOLVED)),
        "notes": may["note"],
        "third_parties": may["reply"] and found.status != Status.CLOSED,
        "escalation": may["escalate"] and moves_on and found.level < Level.N3,
        "hold": may["hold"] and not is_done,
        "resolution": may["resolve"] and moves_on,
        "reopening": may["reopen"] and is_done,
        "handover_return": may["accept"] and found.awaits_acceptance and may_receive(found, request.actor),
    }


def kept(request: Any, found: Ticket, *, box: str, refused: Refused | None, has: dict[str, bool]) -> dict[str, Any]:
    """Return what a refused form brought: `typed` by box, the files, and words whose box is no longer there."""
    if refused is None:
        return {"typed": {}, "fields": stored_fields(found), "fields_now": {}, "chips": [], "unsent": ""}
    typed = {name: clean(value) for name, value in request.POST.items()}
    fields, now = (
        filled(found, typed, is_conflict=isinstance(refused, Conflict))
        if box == "fields"
        else (stored_fields(found), {})
    )
    written = WRITTEN_IN if box not in REASON_WRITTEN_IN else ("reason",)
    unsent = "\n\n".join(typed[name] for name in written if typed.get(name)) if not has.get(box, True) else ""
    if box == "replies" and unsent and has["reopening"]:
        typed_of, unsent = {"reopening": typed}, ""
    else:
        typed_of = {box: typed}
    sent: Sent = request.sent
    return {
        "typed": typed_of, "fields": fields, "fields_now": now, "unsent": unsent,
        "chips": sent.chips(request.person.pk),
    }  # fmt: skip
