"""Using a macro: what it would do here, said before it is done; then all of it in one transaction, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.people.models import Person
from entraide.routines.facts import VARIABLES, filled
from entraide.routines.models import Macro, MacroUse
from entraide.routines.variables import Filled
from entraide.sla.wall_time import from_wall_reading
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import Ticket
from entraide.tickets.status import Status
from entraide.tickets.timeline import lines_of

MORNING = time(8)
# What of an event is words or the reader's own state, and not what the macro does.
NOT_DONE = ("text", "html", "attachments", "source", "seen", "cc")


class PlanChanged(Conflict):
    """The macro would not do what the person was shown."""


@dataclass(frozen=True)
class Plan:
    """What a macro would do: a sentence for each act, as the timeline will say it; `refused` is why it cannot.

    `mark` stands for exactly these acts on the ticket as it is: it differs as soon as somebody changes either.
    """

    sentences: tuple[str, ...]
    mark: str
    refused: str = ""


class _OnlyTried(Exception):
    """Takes everything back."""


def text_for(macro: Macro, ticket: Ticket, *, me: Person) -> tuple[Filled, str]:
    """Return the macro's text for this ticket and its language: the requester's, else the one that there is."""
    language = ticket.requester.spoken_language[:2]
    # A note is read by the desk.
    texts = {"fr": macro.text_fr, "en": macro.text_en}
    if not texts.get(language, "").strip():
        language = next((each for each, text in texts.items() if text.strip()), language)
    return filled(texts.get(language, ""), ticket, me=me, language=language), language


def plan(macro: Macro, ticket: Ticket, *, actor: Actor) -> Plan:
    """Return what the macro would do with this ticket now. It is done with the real verbs, and taken back."""
    done: list[Any] = []
    why = ""
    try:
        with transaction.atomic():
            done = _act(macro, _fresh(ticket), text="…", files=(), seen=None, actor=actor, once=None)
            lines = [(line.sentence, line) for line in lines_of(done)]
            raise _OnlyTried
    except _OnlyTried:
        pass
    except Refused as refused:
        why, lines = refused.message, []
    acts = [sentence for sentence, line in lines if line.look == "system" or line.entry.kind == "resolved"]
    return Plan(tuple(acts), _mark(macro, done, why), why)


def apply(
    macro: Macro, ticket: Ticket, *, text: str, files: Iterable[FileRef], seen: int | None, shown: str | None, actor: Actor,
    once: str | None = None,
) -> list[Any]:  # fmt: skip
    """Send the text and do what the macro does, all or nothing; return the entries written.

    `shown` is the mark of the plan that the person saw, None where nobody saw one. Raises PlanChanged when it would do something else by now, else what the verbs raise.
    """
    with transaction.atomic():
        fresh = _fresh(ticket, lock=True)
        planned = plan(macro, fresh, actor=actor)
        if planned.refused:
            raise Refused(planned.refused)
        if shown is not None and planned.mark != shown:
            raise PlanChanged(
                _("The ticket or the macro has just been changed. Look at what the macro does now, then send.")
            )
        done = _act(macro, _fresh(ticket), text=text, files=tuple(files), seen=seen, actor=actor, once=once)
        _note_use(macro, fresh, actor)
    return done


def use(macro: Macro, ticket: Ticket, *, me: Person, seen: int | None, actor: Actor) -> None:
    """Send the macro's own text and do what it does, all or nothing: for many tickets at once, where nobody reads each.

    Raises Refused where the text would have a gap, else what the verbs raise.
    """
    with transaction.atomic():
        fresh = _fresh(ticket, lock=True)
        said, _language = text_for(macro, fresh, me=me)
        if said.empty:
            gaps = ", ".join(str(VARIABLES.get(name, name)) for name in said.empty)
            raise Refused(
                _("The text of the macro would have a gap here (%(gaps)s): use it on the ticket itself.")
                % {"gaps": gaps}
            )
        _act(macro, fresh, text=said.text, files=(), seen=seen, actor=actor, once=None)
        _note_use(macro, fresh, actor)


def _note_use(macro: Macro, ticket: Ticket, actor: Actor) -> None:
    MacroUse.objects.create(
        organisation_id=ticket.organisation_id,
        macro=macro,
        person_id=actor.person_id or 0,
        ticket=ticket,
        used_at=now(),
    )


def _act(
    macro: Macro, ticket: Ticket, *, text: str, files: tuple[FileRef, ...], seen: int | None, actor: Actor,
    once: str | None,
) -> list[Any]:  # fmt: skip
    """Do it: what the ticket is, then the words, then who works on it, then whether it waits or is done."""
    done: list[Any] = []

    def key(act: str) -> str | None:
        return f"{once}:{act}" if once and done else once

    if changes := _changes(macro, ticket):
        done.append(actions.edit(ticket, changes=changes, actor=actor, once=key("edit")))
    if macro.resolution_code and files:
        raise Refused(
            _("A resolution carries no files: send them with a reply first, then use the macro."), field="attachments"
        )
    if not macro.resolution_code and (text.strip() or files):
        say = actions.note if macro.writes == Macro.Writes.NOTE else actions.reply
        more: dict[str, Any] = {} if macro.writes == Macro.Writes.NOTE else {"seen": seen}
        done.append(say(ticket, text=text, attachments=files, actor=actor, once=key("text"), **more))
    if (assigned := _assign(macro, ticket, actor, key("assign"))) is not None:
        done.append(assigned)
    if macro.hold_reason and not _holds_already(macro, ticket):
        until = _until(macro, ticket)
        done.append(actions.hold(ticket, reason=macro.hold_reason, until=until, actor=actor, once=key("hold")))
    if macro.resolution_code:
        done.append(
            actions.resolve(
                ticket, code=macro.resolution_code, text=text, seen=seen, actor=actor, once=key("resolve")
            )
        )  # fmt: skip
    if not done:
        raise Refused(_("Write a message: this macro changes nothing here."), field="text")
    return done


def _changes(macro: Macro, ticket: Ticket) -> dict[str, Any]:
    """Return the fields that differ from what the macro wants; its tags come in addition."""
    tags = [*ticket.tags, *(tag for tag in macro.tags if tag not in ticket.tags)]
    wanted = {
        "impact": macro.impact, "urgency": macro.urgency, "category_id": macro.category_id, "tags": tags,
    }  # fmt: skip
    return {
        name: value for name, value in wanted.items() if value is not None and getattr(ticket, name) != value
    }  # fmt: skip


def _assign(macro: Macro, ticket: Ticket, actor: Actor, once: str | None) -> Any:
    if macro.assigns == Macro.Assigns.ME and ticket.assignee_id != actor.person_id:
        return actions.take(ticket, instead_of=ticket.assignee_id, actor=actor, once=once)
    team = macro.to_team if macro.assigns == Macro.Assigns.TEAM else None
    if team is not None and (ticket.team_id, ticket.assignee_id) != (team.pk, None):
        return actions.assign(ticket, team=team, actor=actor, once=once)
    return None


def _holds_already(macro: Macro, ticket: Ticket) -> bool:
    return ticket.status == Status.WAITING and ticket.pending_reason == macro.hold_reason and not macro.hold_days


def _until(macro: Macro, ticket: Ticket) -> datetime | None:
    """Return the morning on which waiting ends, at the requester's place."""
    if not macro.hold_days:
        return None
    zone = ZoneInfo((ticket.site or ticket.organisation).time_zone)
    day = localtime(now(), zone).date() + timedelta(days=macro.hold_days)
    return from_wall_reading(datetime.combine(day, MORNING), zone=zone)


def _fresh(ticket: Ticket, *, lock: bool = False) -> Ticket:
    """Return the ticket as it is now: trying something out must not change the caller's copy."""
    rows = Ticket.objects.select_for_update(of=("self",)) if lock else Ticket.objects.all()
    found: Ticket = rows.get(pk=ticket.pk)
    return found


def _mark(macro: Macro, done: Iterable[Any], refused: str) -> str:
    acts = [[entry.kind, {name: value for name, value in entry.data.items() if name not in NOT_DONE}] for entry in done]
    said = json.dumps([macro.pk, macro.writes, acts, refused], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:24]
