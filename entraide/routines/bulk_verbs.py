"""The verbs that can be asked of many tickets: what each takes, and that it is the ordinary one of tickets/actions.py.

A handover is written for one ticket: escalating is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.actor import Actor
from entraide.core.events import Conflict, Refused
from entraide.people.models import Person, Team
from entraide.routines.applying import use
from entraide.routines.models import Macro
from entraide.routines.reach import usable
from entraide.tickets import actions
from entraide.tickets.models import Category, PendingReason, ResolutionCode, Ticket
from entraide.tickets.placing import find_technician, team_of
from entraide.tickets.priority import Priority

Asked = dict[str, Any]


@dataclass(frozen=True)
class Doing:
    """Who does it, and what they had seen of this ticket: whose it was, and the newest message."""

    person: Person
    actor: Actor
    saw_assignee: int | None
    seen: int


def _nothing(typed: Mapping[str, str], actor: Actor) -> Asked:
    return {}


def _no_words(asked: Asked) -> str:
    return ""


@dataclass(frozen=True)
class Verb:
    """One verb. `ask` reads what was typed (raises Refused with its field), `do` does it to one ticket.

    `says` puts into words what was asked; `tells` whether people who asked for help are written to.
    `is_undoable` tells whether a run of it can be taken back, `stays` what of it cannot, or why nothing can.
    """

    code: str
    name: str | Promise
    icon: str
    right: str
    do: Callable[[Ticket, Asked, Doing], Any]
    ask: Callable[[Mapping[str, str], Actor], Asked] = _nothing
    says: Callable[[Asked], str] = _no_words
    tells: Callable[[Asked], bool] = lambda asked: False
    is_undoable: bool = True
    stays: str | Promise = ""


def _take(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    if ticket.assignee_id == doing.person.pk and not ticket.awaits_acceptance:
        raise Conflict(_("The ticket is yours already."))
    actions.take(ticket, actor=doing.actor, instead_of=doing.saw_assignee)


def _ask_whom(typed: Mapping[str, str], actor: Actor) -> Asked:
    team = Team.objects.filter(pk=_key(typed, "team") or 0, is_active=True).first()
    assignee = find_technician(_key(typed, "assignee"))
    if team is None and assignee is None:
        raise Refused(_("Choose a team, a person, or both."), field="team")
    return {"team": team.pk if team else None, "assignee": assignee.pk if assignee else None}


def _assign(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    team = Team.objects.filter(pk=asked["team"] or 0, is_active=True).first()
    assignee = find_technician(asked["assignee"])
    if assignee is None and asked["assignee"]:
        raise Refused(_("Whom you chose is no longer active."))
    if ticket.awaits_acceptance:
        # What a colleague handed over would be lost among forty others, and no undoing brings it back.
        raise Refused(
            _("A handover waits here for its answer: accept it or send it back, or assign this ticket by itself.")
        )
    team = team_of(assignee, team, ticket)
    actions.assign(ticket, team=team, assignee=assignee, actor=doing.actor)


def _says_whom(asked: Asked) -> str:
    team = Team.objects.filter(pk=asked["team"] or 0).first()
    assignee = find_technician(asked["assignee"])
    return ", ".join(each.name for each in (assignee, team) if each is not None)


def _ask_priority(typed: Mapping[str, str], actor: Actor) -> Asked:
    priority, reason = _key(typed, "priority"), _words(typed, "reason")
    if priority is not None and priority not in Priority.values:
        raise Refused(_("A priority is one of P1 to P4."), field="priority")
    if priority is not None and not reason:
        raise Refused(_("Say why the priority differs from impact × urgency."), field="reason")
    return {"priority": priority, "reason": reason}


def _prioritise(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    if asked["priority"] is None and not ticket.priority_reason:
        raise Conflict(_("The priority follows from impact and urgency already."))
    actions.set_priority(ticket, priority=asked["priority"], reason=asked["reason"], actor=doing.actor)


def _says_priority(asked: Asked) -> str:
    if asked["priority"] is None:
        return _("as impact and urgency say")
    return f"{Priority(asked['priority']).label} · {asked['reason']}"


def _ask_category(typed: Mapping[str, str], actor: Actor) -> Asked:
    category = Category.objects.filter(pk=_key(typed, "category") or 0, is_active=True).first()
    if category is None:
        raise Refused(_("Choose a category."), field="category")
    return {"category": category.pk}


def _categorise(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    if ticket.category_id == asked["category"]:
        raise Conflict(_("The ticket has this category already."))
    actions.edit(ticket, changes={"category_id": asked["category"]}, actor=doing.actor)


def _says_category(asked: Asked) -> str:
    category = Category.objects.filter(pk=asked["category"]).first()
    return category.name if category else ""


def _ask_hold(typed: Mapping[str, str], actor: Actor) -> Asked:
    reason = PendingReason.objects.filter(code=_words(typed, "pending")).first()
    if reason is None:
        raise Refused(_("Choose what the ticket waits for."), field="pending")
    until = _moment(_words(typed, "until"))
    if reason.needs_date and until is None:
        raise Refused(_("Say until when the ticket waits."), field="until")
    return {"reason": reason.code, "until": until.isoformat() if until else None}


def _hold(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    until = datetime.fromisoformat(asked["until"]) if asked["until"] else None
    if (ticket.pending_reason, ticket.waiting_until) == (asked["reason"], until):
        raise Conflict(_("The ticket waits for this already."))
    actions.hold(ticket, reason=asked["reason"], until=until, actor=doing.actor)


def _says_hold(asked: Asked) -> str:
    return str(PendingReason.objects.filter(code=asked["reason"]).first() or asked["reason"])


def _resume(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    actions.resume(ticket, actor=doing.actor)


def _ask_resolution(typed: Mapping[str, str], actor: Actor) -> Asked:
    code, text = _words(typed, "code"), _words(typed, "text")
    if code not in dict(ResolutionCode.chosen()):
        raise Refused(_("Choose how the tickets were resolved."), field="code")
    if not text:
        raise Refused(_("Tell the requester what was done."), field="text")
    return {"code": code, "text": text}


def _resolve(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    actions.resolve(ticket, code=asked["code"], text=asked["text"], seen=doing.seen, actor=doing.actor)


def _says_resolution(asked: Asked) -> str:
    return str(ResolutionCode(asked["code"]).label)


def _close(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    actions.close(ticket, actor=doing.actor)


def _ask_tag(typed: Mapping[str, str], actor: Actor) -> Asked:
    names = [" ".join(each.split()).lower()[:60] for each in _words(typed, "tag").split(",")]
    tags = list(dict.fromkeys(each for each in names if each))
    if not tags:
        raise Refused(_("Write a tag."), field="tag")
    return {"tags": tags}


def _tag(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    new = [each for each in asked["tags"] if each not in ticket.tags]
    if not new:
        raise Conflict(_("The ticket is tagged so already."))
    actions.edit(ticket, changes={"tags": [*ticket.tags, *new]}, actor=doing.actor)


def _untag(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    kept = [each for each in ticket.tags if each not in asked["tags"]]
    if kept == ticket.tags:
        raise Conflict(_("The ticket is not tagged so."))
    actions.edit(ticket, changes={"tags": kept}, actor=doing.actor)


def _says_tags(asked: Asked) -> str:
    return ", ".join(asked["tags"])


def _follow(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    actions.watch(ticket, person=doing.person, actor=doing.actor)


def _unfollow(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    actions.unwatch(ticket, person=doing.person, actor=doing.actor)


def _ask_macro(typed: Mapping[str, str], actor: Actor) -> Asked:
    macro = usable(Macro.objects.filter(is_active=True, pk=_key(typed, "macro") or 0), actor).first()
    if macro is None:
        raise Refused(_("Choose a macro."), field="macro")
    return {
        "macro": macro.pk,
        "name": macro.name,
        "tells": macro.writes == Macro.Writes.REPLY or bool(macro.resolution_code),
    }


def _use_macro(ticket: Ticket, asked: Asked, doing: Doing) -> None:
    macro = usable(Macro.objects.filter(is_active=True, pk=asked["macro"]), doing.actor).first()
    if macro is None:
        raise Refused(_("This macro is no longer there."))
    use(macro, ticket, me=doing.person, seen=doing.seen, actor=doing.actor)


VERBS = {
    verb.code: verb
    for verb in (
        Verb("take", gettext_lazy("Take"), "hand-grab", "ticket.take", _take),
        Verb("assign", gettext_lazy("Assign"), "user-plus", "ticket.assign", _assign, _ask_whom, _says_whom),
        Verb("priority", gettext_lazy("Priority"), "flag", "ticket.edit", _prioritise, _ask_priority, _says_priority),
        Verb("category", gettext_lazy("Category"), "category", "ticket.edit", _categorise, _ask_category, _says_category),
        Verb("tag", gettext_lazy("Add a tag"), "tag", "ticket.edit", _tag, _ask_tag, _says_tags),
        Verb("untag", gettext_lazy("Remove a tag"), "tag-off", "ticket.edit", _untag, _ask_tag, _says_tags),
        Verb("hold", gettext_lazy("Hold"), "clock-pause", "ticket.hold", _hold, _ask_hold, _says_hold),
        Verb("resume", gettext_lazy("Resume"), "player-play", "ticket.hold", _resume),
        Verb(
            "resolve", gettext_lazy("Resolve"), "circle-check", "ticket.resolve", _resolve, _ask_resolution,
            _says_resolution, tells=lambda asked: True,
            stays=gettext_lazy(
                "The mails that told the requesters of it stay sent. Undoing reopens the tickets, and the requesters are "
                "told of that by mail."
            ),
        ),
        Verb(
            "close", gettext_lazy("Close"), "archive", "ticket.close", _close, is_undoable=False,
            stays=gettext_lazy(
                "Closing cannot be undone: a ticket that is reopened is in progress, not resolved. Reopen by hand what goes on."
            ),
        ),
        Verb("follow", gettext_lazy("Follow"), "eye", "ticket.watch", _follow),
        Verb("unfollow", gettext_lazy("Follow no longer"), "eye-off", "ticket.watch", _unfollow),
        Verb(
            "macro", gettext_lazy("Macro"), "bolt", "macro.use", _use_macro, _ask_macro,
            says=lambda asked: str(asked["name"]), tells=lambda asked: bool(asked["tells"]),
            stays=gettext_lazy(
                "What the macro wrote stays in the tickets, and a mail that went out stays sent. Its other changes are "
                "undone; where it resolved, the requesters are told by mail that the ticket is open again."
            ),
        ),
    )
}  # fmt: skip


def offered(actor: Actor) -> list[Verb]:
    """Return the verbs that this actor may use on anything at all."""
    return [verb for verb in VERBS.values() if actor.may_on_anything(verb.right)]


def _words(typed: Mapping[str, str], name: str) -> str:
    return typed.get(name, "").replace("\x00", "").strip()


def _key(typed: Mapping[str, str], name: str) -> int | None:
    text = typed.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else make_aware(moment)
    except ValueError as error:
        raise Refused(_("Write the date and the time as in 2026-03-02T08:00."), field="until") from error
