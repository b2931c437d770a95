"""Putting back what a run changed on one ticket, by the ordinary verbs, as far as it still stands as the run left it.

What stood before is read from the timeline: a step keeps the entries between which its run wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person, Team
from entraide.routines.models import BulkStep
from entraide.tickets import actions
from entraide.tickets.field_history import FIELDS
from entraide.tickets.models import Ticket, TicketEntry
from entraide.tickets.names import Names
from entraide.tickets.placing import find_technician
from entraide.tickets.status import OPEN, Status

STATE = ("status", "pending_reason", "waiting_until")
OWNERSHIP = ("team_id", "assignee_id")
PRIORITY = ("priority", "priority_reason")
PLAIN = ("category_id", "impact", "urgency")


@dataclass(frozen=True)
class Trace:
    """What stood in each column before a run and after it, and which later entry was the last to change each."""

    was: dict[str, Any]
    left: dict[str, Any]
    changed_by: dict[str, TicketEntry]

    def touched(self, names: tuple[str, ...]) -> bool:
        return any(self.was[name] != self.left[name] for name in names)

    def changed_since(self, ticket: Ticket, names: tuple[str, ...]) -> list[str]:
        """Return those of these columns that no longer stand as the run left them."""
        return [name for name in names if getattr(ticket, name) != self.left[name]]


def put_back(ticket: Ticket, step: BulkStep, actor: Actor) -> list[str]:
    """Put back what this step changed; return a sentence for each part that was left as it is.

    Raises Refused with these sentences when there was nothing that could be put back.
    """
    trace = trace_of(ticket, step)
    left: list[str] = []
    before = ticket.version

    def part(names: tuple[str, ...], act: Callable[[], Any]) -> bool:
        """Do one part, or say why it is left; tell whether these columns are the run's to put back."""
        if not trace.touched(names):
            return False
        if changed := trace.changed_since(ticket, names):
            left.append(_changed_since(changed, trace))
            return False
        try:
            with transaction.atomic():
                act()
        except Refused as refused:
            ticket.refresh_from_db()
            left.append(refused.message)
            return False
        return True

    status_is_ours = part(STATE, lambda: _open_again(ticket, trace, actor))
    owner_is_ours = part(OWNERSHIP, lambda: _give_back(ticket, trace, actor))
    part(PRIORITY, lambda: _put_priority_back(ticket, trace, actor))
    for name in PLAIN:
        part((name,), lambda name=name: _edit(ticket, {name: trace.was[name]}, actor))  # type: ignore[misc]
    for name, act in (("tags", _put_tags_back), ("watcher_ids", _put_watchers_back)):
        if trace.touched((name,)) and not act(ticket, trace, actor):
            left.append(_changed_since([name], trace))
    if status_is_ours and (owner_is_ours or not trace.touched(OWNERSHIP)):
        _begin_to_wait_again(ticket, trace, actor, left)
    if ticket.version == before:
        raise Refused(" ".join(left) or _("Nothing of it can be put back here."))
    return left


def trace_of(ticket: Ticket, step: BulkStep) -> Trace:
    """Read from the timeline what stood before a step, after it, and who changed what since."""
    fresh = Ticket()
    fresh.pk = ticket.pk
    was: dict[str, Any] = {}
    left: dict[str, Any] = {}
    changed_by: dict[str, TicketEntry] = {}
    for entry, before in ticket.retold(fresh):
        if entry.number == step.version_before:
            was = fresh.columns()
        if entry.number == step.version_after:
            left = fresh.columns()
        elif left:
            columns = fresh.columns()
            changed_by.update({name: entry for name in columns if columns[name] != before[name]})  # type: ignore[misc]
    return Trace(was, left, changed_by)


def _open_again(ticket: Ticket, trace: Trace, actor: Actor) -> None:
    if ticket.status == Status.RESOLVED and trace.was["status"] in OPEN:
        with translation.override(ticket.requester.spoken_language[:2]):
            text = _("The resolution was entered by mistake and is taken back. We go on working on your request.")
        actions.reopen(ticket, text=text, actor=actor)
    elif ticket.status == Status.WAITING and trace.was["status"] != Status.WAITING:
        actions.resume(ticket, actor=actor)


def _give_back(ticket: Ticket, trace: Trace, actor: Actor) -> None:
    if trace.was["awaits_acceptance"]:
        raise Refused(_("A handover was waiting for its answer here: that is not put back. Assign the ticket by hand."))
    team = Team.objects.filter(pk=trace.was["team_id"] or 0, is_active=True).first()
    if team is None:
        raise Refused(_("The team that had the ticket is no longer there. Assign the ticket by hand."))
    assignee = find_technician(trace.was["assignee_id"])
    if assignee is None and trace.was["assignee_id"]:
        raise Refused(_("Whoever had the ticket is no longer active. Assign the ticket by hand."))
    actions.assign(ticket, team=team, assignee=assignee, takes_back=True, actor=actor)


def _put_priority_back(ticket: Ticket, trace: Trace, actor: Actor) -> None:
    if trace.was["priority_reason"]:
        actions.set_priority(
            ticket, priority=trace.was["priority"], reason=trace.was["priority_reason"], actor=actor
        )  # fmt: skip
    elif trace.left["priority_reason"]:
        actions.set_priority(ticket, priority=None, actor=actor)


def _edit(ticket: Ticket, changes: dict[str, Any], actor: Actor) -> None:
    actions.edit(ticket, changes=changes, actor=actor)


def _put_tags_back(ticket: Ticket, trace: Trace, actor: Actor) -> bool:
    """Take off the tags that came and put back those that went; others' stay. Tell whether there was anything to do."""
    tags = _without_the_run(ticket.tags, trace.was["tags"], trace.left["tags"])
    if tags == ticket.tags:
        return False
    _edit(ticket, {"tags": tags}, actor)
    return True


def _put_watchers_back(ticket: Ticket, trace: Trace, actor: Actor) -> bool:
    """Let those who came to follow do so no longer, and those who left follow again."""
    follow = _without_the_run(ticket.watcher_ids, trace.was["watcher_ids"], trace.left["watcher_ids"])
    changed = sorted({*follow} ^ {*ticket.watcher_ids})
    with scoped(Scope.everything(reason="those who follow a ticket may be of the desk's own organisation")):
        people = list(Person.objects.filter(pk__in=changed))
    for person in people:
        (actions.watch if person.pk in follow else actions.unwatch)(ticket, person=person, actor=actor)
    return bool(people)


def _without_the_run(now_there: list[Any], was: list[Any], left: list[Any]) -> list[Any]:
    if now_there == left:
        return was
    kept = [each for each in now_there if each in was or each not in left]
    return [*kept, *(each for each in was if each not in left and each not in kept)]


def _begin_to_wait_again(ticket: Ticket, trace: Trace, actor: Actor, left: list[str]) -> None:
    """Let it wait again for what it waited for, or be new again; what has passed since is said."""
    until: datetime | None = trace.was["waiting_until"]
    try:
        if trace.was["status"] == Status.WAITING:
            if until is not None and until <= now():
                left.append(_("What the ticket waited until has passed since: it is in progress."))
            elif any(getattr(ticket, name) != trace.was[name] for name in STATE):
                actions.hold(ticket, reason=trace.was["pending_reason"], until=until, actor=actor)
        elif trace.was["status"] == Status.NEW and ticket.status == Status.IN_PROGRESS:
            actions.put_back_to_new(ticket, actor=actor)
    except Refused as refused:
        ticket.refresh_from_db()
        left.append(refused.message)


def _changed_since(names: list[str], trace: Trace) -> str:
    entries = [trace.changed_by[name] for name in names if name in trace.changed_by]
    newest = max(entries, key=lambda each: each.number, default=None)
    person_id = newest.actor_person_id if newest else None
    who = Names().person(person_id) if person_id else "Entraide"
    fields = ", ".join(dict.fromkeys(str(FIELDS.get(name, FIELDS["priority"])) for name in names))
    return _("%(fields)s: changed since by %(name)s.") % {"fields": fields, "name": who}
