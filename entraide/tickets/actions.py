"""What one can do with a ticket. Each verb builds an event and records it; nothing else writes tickets.

All raise NotAllowed, Refused or Conflict (entraide.core.events) with a sentence for the person, and
then nothing has changed. `once` names something that may arrive twice (a mail, a retried job): the
second call with the same key changes nothing and returns the first one's entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.events import Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.core.writer import restore as restore_columns
from entraide.people.models import Level, Organisation, Person, Team
from entraide.people.queries import default_team
from entraide.sla.clocks import Alarm, Key
from entraide.tickets.attachments import FileRef
from entraide.tickets.clocks import rebuild
from entraide.tickets.events.assigning import Assigned, Taken, reaches_level
from entraide.tickets.events.closing import Confirmed, TicketClosed
from entraide.tickets.events.confiding import ConfidentialityLifted, MarkedConfidential
from entraide.tickets.events.editing import EDITABLE, FieldsEdited, PriorityOverridden
from entraide.tickets.events.escalating import Escalated, HandoverAccepted, HandoverReturned
from entraide.tickets.events.majors import (
    Followed,
    MajorChanged,
    MajorDeclared,
    MajorReviewed,
    MajorStoodDown,
    MajorUpdated,
    MajorUpdateShared,
    Unfollowed,
)
from entraide.tickets.events.messages import (
    AutomaticAnswerReceived,
    MailBounced,
    NoteAdded,
    Replied,
    RequesterWrote,
    StrangerWrote,
)
from entraide.tickets.events.moving import MovedToOrganisation
from entraide.tickets.events.opening import TicketOpened
from entraide.tickets.events.promises import ArrivedOnSite, ClockBreached, ClockWarned, Retargeted
from entraide.tickets.events.resolving import Reopened, Resolved
from entraide.tickets.events.rules import HierarchicallyEscalated
from entraide.tickets.events.waiting import PutBackToNew, PutOnHold, Resumed
from entraide.tickets.events.watching import WatcherAdded, WatcherRemoved
from entraide.tickets.mentioning import Mentions, mentions_in, nameable_in
from entraide.tickets.models import Category, PendingReason, RoutingRule, Ticket, TicketEntry
from entraide.tickets.promised import priority_for, promised, promised_rhythm, version_after_move, vip_raise
from entraide.tickets.routing import Facts, Rule, route

SUBJECT_LENGTH = 300


def open_ticket(
    organisation: Organisation,
    *,
    requester: Person,
    subject: str,
    text: str,
    channel: str,
    actor: Actor,
    kind: str = "incident",
    html: str = "",
    on_behalf_of: Person | None = None,
    site_id: int | None = None,
    category: Category | None = None,
    mode: str = "remote",
    impact: int = 3,
    urgency: int = 2,
    team: Team | None = None,
    assignee: Person | None = None,
    tags: Iterable[str] = (),
    watcher_ids: Iterable[int] = (),
    attachments: Iterable[FileRef] = (),
    source: str = "",
    follows_up: int | None = None,
    is_confidential: bool = False,
    once: str | None = None,
) -> Ticket:
    """Open a ticket and return it. Without `team` the routing rules choose one, else the default team of N1.

    `text` and `html` are the requester's words as they came (HTML unsanitised); `source` says
    where they are kept (`mail:12`). Impact and urgency go from 1 (high) to 3 (low).
    """
    if once is not None and (earlier := TicketEntry.objects.filter(once=once).first()) is not None:
        return earlier.ticket
    place = site_id if site_id is not None else requester.site_id
    version_id, raised = promised(organisation.pk, site_id=place, beneficiary=on_behalf_of or requester)
    team = team or _routed(organisation, category=category, channel=channel, words=f"{subject}\n{text}")
    event = TicketOpened(
        number=_next_number(),
        organisation_id=organisation.pk,
        ticket_kind=kind,
        subject=" ".join(subject.split())[:SUBJECT_LENGTH],
        text=text,
        html=html,
        requester_id=requester.pk,
        channel=channel,
        on_behalf_of_id=on_behalf_of.pk if on_behalf_of else None,
        site_id=place,
        category_id=category.pk if category else None,
        mode=mode,
        impact=impact,
        urgency=urgency,
        team_id=team.pk if team else None,
        level=team.level if team else Level.N1,
        assignee_id=assignee.pk if assignee else None,
        tags=tuple(tags),
        watcher_ids=tuple(watcher_ids),
        attachments=tuple(attachments),
        source=source,
        priority=_priority(impact, urgency, version_id, raised),
        priority_raise=raised,
        agreement_version_id=version_id,
        follows_up=follows_up,
        is_confidential=is_confidential,
    )
    entry: Any = record(Ticket(), event, actor=actor, once=once)
    ticket: Ticket = entry.ticket
    return ticket


def reply(
    ticket: Ticket, *, text: str, actor: Actor, html: str = "", attachments: Iterable[FileRef] = (),
    cc: Iterable[str] = (), seen: int | None = None, source: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Answer the requester. With `seen` (the newest message read) it refuses if another one arrived since."""
    takes = ticket.assignee_id is not None or reaches_level(ticket, actor)
    event = Replied(text, html, tuple(attachments), source, seen=seen, cc=tuple(cc), takes=takes)
    return record(ticket, event, actor=actor, once=once)


def answer(
    ticket: Ticket, *, text: str, actor: Actor, html: str = "", attachments: Iterable[FileRef] = (),
    source: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Write as the requester (or somebody on the ticket). Ends waiting for them; reopens what was resolved."""
    ends_waiting = RequesterWrote.would_end(ticket.pending_reason)
    event = RequesterWrote(text, html, tuple(attachments), source, ends_waiting=ends_waiting)
    return record(ticket, event, actor=actor, once=once)


def note(
    ticket: Ticket, *, text: str, actor: Actor, html: str = "", attachments: Iterable[FileRef] = (),
    source: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Write an internal note. Who is named in it with @ is told; people named themselves follow the ticket from then on."""
    named = mentions_in(text, nameable_in(ticket)) if "@" in text else Mentions()
    event = NoteAdded(
        text, html, tuple(attachments), source,
        mentioned_ids=named.person_ids,
        mentioned_words=named.words,
        follower_ids=tuple(
            each for each in named.by_name_ids if each != actor.person_id and not ticket.concerns(each)
        ),
    )  # fmt: skip
    return record(ticket, event, actor=actor, once=once)


def receive_from_stranger(
    ticket: Ticket, *, text: str, from_name: str, from_email: str, actor: Actor, html: str = "",
    attachments: Iterable[FileRef] = (), conversation: str = "", source: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Keep what somebody who is not on the ticket answered into it, or into a conversation with third parties; only the desk sees it."""
    event = StrangerWrote(
        text, html, tuple(attachments), source, from_name=from_name, from_email=from_email, conversation=conversation
    )
    return record(ticket, event, actor=actor, once=once)


def receive_automatic_answer(
    ticket: Ticket, *, text: str, from_email: str, actor: Actor, html: str = "",
    attachments: Iterable[FileRef] = (), source: str = "", once: str | None = None,
) -> Entry:  # fmt: skip
    """Keep an absence notice; the ticket does not change."""
    event = AutomaticAnswerReceived(text, html, tuple(attachments), source, from_email=from_email)
    return record(ticket, event, actor=actor, once=once)


def receive_bounce(
    ticket: Ticket, *, email: str, reason: str, is_permanent: bool, actor: Actor, source: str = "",
    once: str | None = None,
) -> Entry:  # fmt: skip
    """Keep that a mail of this ticket could not be delivered."""
    return record(ticket, MailBounced(email, reason, is_permanent, source), actor=actor, once=once)


def take(ticket: Ticket, *, actor: Actor, instead_of: int | None = None, once: str | None = None) -> Entry:
    """Take the ticket for oneself, `instead_of` whom one saw as its assignee.

    Raises Conflict when somebody else took it since.
    """
    if ticket.awaits_acceptance:
        return accept(ticket, actor=actor, once=once)
    return record(ticket, Taken(from_assignee_id=instead_of), actor=actor, once=once)


def assign(
    ticket: Ticket, *, team: Team, actor: Actor, assignee: Person | None = None, takes_back: bool = False,
    once: str | None = None,
) -> Entry:  # fmt: skip
    """Give the ticket to a team of its level or a lower one and, with `assignee`, to one of its people.

    With `takes_back` it goes back to where an assignment had taken it from, of whatever level that is.
    """
    if assignee is not None and not assignee.teams.filter(pk=team.pk).exists():
        raise Refused(
            _("%(person)s is not in the team %(team)s.") % {"person": assignee.name, "team": team.name},
            field="assignee",
        )
    event = Assigned(team.pk, team.level, assignee.pk if assignee else None, takes_back)
    return record(ticket, event, actor=actor, once=once)


def escalate(
    ticket: Ticket, *, team: Team, observed: str, tried: str, asked: str, actor: Actor, why: str = "",
    once: str | None = None,
) -> Entry:  # fmt: skip
    """Hand the ticket over to a higher level: what is observed, what was tried, what is asked (and why, for a P1 that skips N2)."""
    event = Escalated(ticket.level, team.level, team.pk, observed=observed, tried=tried, asked=asked, why=why)
    return record(ticket, event, actor=actor, once=once)


def accept(ticket: Ticket, *, actor: Actor, once: str | None = None) -> Entry:
    """Accept a handover: the ticket becomes the actor's."""
    return record(ticket, HandoverAccepted(), actor=actor, once=once)


def send_back(ticket: Ticket, *, reason: str, actor: Actor, once: str | None = None) -> Entry:
    """Send a handover back to where it came from, saying why."""
    return record(ticket, HandoverReturned(reason), actor=actor, once=once)


def hold(ticket: Ticket, *, reason: str, actor: Actor, until: datetime | None = None, once: str | None = None) -> Entry:
    """Put the ticket on hold; `reason` is the code of a PendingReason."""
    return record(ticket, PutOnHold(reason, until, pauses=_pauses(reason)), actor=actor, once=once)


def resume(ticket: Ticket, *, actor: Actor, once: str | None = None) -> Entry:
    """Go on after waiting."""
    return record(ticket, Resumed(), actor=actor, once=once)


def put_back_to_new(ticket: Ticket, *, actor: Actor) -> Entry:
    """Let a ticket be one that nobody has begun, as what had begun it was taken back."""
    return record(ticket, PutBackToNew(), actor=actor)


def resolve(
    ticket: Ticket, *, code: str, text: str, actor: Actor, seen: int | None = None, once: str | None = None
) -> Entry:
    """Resolve the ticket; `code` is a ResolutionCode and `text` is what the requester is told.

    With `seen` (the newest message read) it refuses if another one arrived since.
    """
    return record(ticket, Resolved(code, text, seen=seen), actor=actor, once=once)


def confirm(ticket: Ticket, *, actor: Actor) -> Entry:
    """Confirm, as the requester, that it is solved: the ticket closes."""
    return record(ticket, Confirmed(), actor=actor)


def reopen(ticket: Ticket, *, text: str, actor: Actor, once: str | None = None) -> Entry:
    """Reopen a resolved or closed ticket; `text` says what does not work yet."""
    return record(ticket, Reopened(text), actor=actor, once=once)


def close(ticket: Ticket, *, actor: Actor, after_days: int = 0, once: str | None = None) -> Entry:
    """Close a resolved ticket (`after_days` without news, when the desk does it by itself)."""
    return record(ticket, TicketClosed(after_days), actor=actor, once=once)


def edit(
    ticket: Ticket, *, changes: Mapping[str, Any], actor: Actor, seen: int | None = None, once: str | None = None
) -> Entry:
    """Change plain fields (see events/editing.py for which).

    Raises Conflict if one of them changed since `ticket` was read or, with `seen` (the version that
    a person had before them), if anything was edited since.
    """
    before = {name: getattr(ticket, name, None) for name in changes if name in EDITABLE}
    changed = {name: value for name, value in changes.items() if name not in before or before[name] != value}
    event = FieldsEdited(
        {name: before[name] for name in changed if name in before},
        changed,
        seen=seen,
        follows=_what_follows(ticket, changed),
    )
    return record(ticket, event, actor=actor, once=once)


def set_priority(ticket: Ticket, *, priority: int | None, actor: Actor, reason: str = "") -> Entry:
    """Set the priority by hand, with the reason; None lets it follow from impact and urgency again."""
    return record(ticket, PriorityOverridden(priority, reason), actor=actor)


def confide(ticket: Ticket, *, actor: Actor) -> Entry:
    """Make the ticket confidential: who sees it then, `Ticket.is_closed_to` says."""
    return record(ticket, MarkedConfidential(), actor=actor)


def lift_confidentiality(ticket: Ticket, *, actor: Actor) -> Entry:
    """Let everybody see the ticket again who sees the others of its organisation."""
    return record(ticket, ConfidentialityLifted(), actor=actor)


def watch(ticket: Ticket, *, person: Person, actor: Actor) -> Entry:
    """Let somebody follow the ticket."""
    return record(ticket, WatcherAdded(person.pk), actor=actor)


def unwatch(ticket: Ticket, *, person: Person, actor: Actor) -> Entry:
    """Let somebody no longer follow the ticket."""
    return record(ticket, WatcherRemoved(person.pk), actor=actor)


def move(ticket: Ticket, *, organisation: Organisation, requester: Person, actor: Actor) -> Entry:
    """Move a ticket that came in for the wrong organisation, with its timeline, to another one's requester."""
    version_id, raised = promised(organisation.pk, site_id=None, beneficiary=requester)
    event = MovedToOrganisation(ticket.organisation_id, organisation.pk, requester.pk, version_id, raised)
    return record(ticket, event, actor=actor)


def declare_major(
    ticket: Ticket, *, lead: Person, teams: Iterable[Team], contacts: Iterable[Person], text: str, actor: Actor,
    rhythm_minutes: int | None = None, once: str | None = None,
) -> Entry:  # fmt: skip
    """Lead a P1 as a major incident. `text` is public; without a rhythm it is the agreement's, else an hour."""
    rhythm = rhythm_minutes if rhythm_minutes is not None else promised_rhythm(ticket)
    event = MajorDeclared(lead.pk, _keys(teams), _keys(contacts), rhythm, text)
    return record(ticket, event, actor=actor, once=once)


def update_major(ticket: Ticket, *, text: str, actor: Actor, once: str | None = None) -> Entry:
    """Tell the public how a major incident stands; the tickets that follow it hear it, too."""
    return record(ticket, MajorUpdated(text), actor=actor, once=once)


def change_major(
    ticket: Ticket, *, lead: Person, teams: Iterable[Team], contacts: Iterable[Person], rhythm_minutes: int | None,
    actor: Actor, once: str | None = None,
) -> Entry:  # fmt: skip
    """Change who leads a major incident, who has a stake in it, and how often the public is told."""
    rhythm = rhythm_minutes if rhythm_minutes is not None else promised_rhythm(ticket)
    event = MajorChanged(lead.pk, _keys(teams), _keys(contacts), rhythm)
    return record(ticket, event, actor=actor, once=once)


def stand_down(ticket: Ticket, *, reason: str, actor: Actor, once: str | None = None) -> Entry:
    """Go on with a ticket that is no major incident after all; what followed it is on its own again. `reason` is public."""
    return record(ticket, MajorStoodDown(reason), actor=actor, once=once)


def review_major(
    ticket: Ticket, *, happened: str, why: str, changes: str, actor: Actor, once: str | None = None
) -> Entry:
    """Write the review of a resolved major incident, or write it anew; without it the ticket is not closed."""
    return record(ticket, MajorReviewed(happened, why, changes), actor=actor, once=once)


def follow(ticket: Ticket, *, major: Ticket, actor: Actor, once: str | None = None) -> Entry:
    """Let a ticket follow an open major incident, of whatever organisation."""
    return record(ticket, Followed(major.pk, major.number), actor=actor, once=once)


def unfollow(ticket: Ticket, *, actor: Actor, once: str | None = None) -> Entry:
    """Let a ticket no longer follow its major incident."""
    return record(ticket, Unfollowed(), actor=actor, once=once)


def share_major_update(ticket: Ticket, *, major_number: int, text: str, actor: Actor, once: str | None = None) -> Entry:
    """Tell a ticket that follows a major incident how it stands."""
    return record(ticket, MajorUpdateShared(major_number, text), actor=actor, once=once)


def retarget(ticket: Ticket, *, version_id: int, actor: Actor, once: str | None = None) -> Entry:
    """Put an open ticket under this version of an agreement; its clocks are judged by it from their beginning."""
    return record(ticket, Retargeted(version_id), actor=actor, once=once)


def arrive(ticket: Ticket, *, actor: Actor) -> Entry:
    """Say that a technician has arrived on site."""
    return record(ticket, ArrivedOnSite(), actor=actor)


def tell_of_clock(ticket: Ticket, *, key: Key, alarm: Alarm, due_at: datetime, target_minutes: int) -> Entry:
    """Write into the timeline that a promise is in danger or missed; Conflict when that is no longer so."""
    told = ClockWarned if alarm.kind == "warning" else ClockBreached
    event = told(*key, instant=alarm.at, due_at=due_at, target_minutes=target_minutes)
    return record(ticket, event, actor=Actor.system("clocks"))


def escalate_to(ticket: Ticket, *, told: HierarchicallyEscalated, once: str) -> Entry:
    """Write into the timeline that a rule of the desk draws people's attention to an open ticket."""
    return record(ticket, told, actor=Actor.system("rules"), once=once)


def restore(ticket: Ticket) -> None:
    """Write the ticket's row, clocks and stays anew from its timeline, where they differ (an operator's repair)."""
    with transaction.atomic():
        restore_columns(ticket)
        rebuild(Ticket.objects.get(pk=ticket.pk))


def _routed(organisation: Organisation, *, category: Category | None, channel: str, words: str) -> Team | None:
    ancestors, each = set(), category
    while each is not None and each.pk not in ancestors:
        ancestors.add(each.pk)
        each = each.parent
    facts = Facts(organisation.pk, frozenset(ancestors), channel, words)
    rows = RoutingRule.objects.select_related("team").filter(team__is_active=True)
    rules = [Rule(row.team_id, row.for_organisation_id, row.category_id, row.channel, tuple(row.words)) for row in rows]
    team_id = route(facts, rules)
    return next((row.team for row in rows if row.team_id == team_id), None) or default_team()


def _keys(rows: Iterable[Any]) -> tuple[int, ...]:
    return tuple(sorted({row.pk for row in rows}))


def _priority(impact: int, urgency: int, version_id: int | None, raised: int) -> int | None:
    # Values outside the matrix are refused by the event itself, in words.
    in_matrix = impact in (1, 2, 3) and urgency in (1, 2, 3)
    return priority_for(impact, urgency, version_id=version_id, raised=raised) if in_matrix else None


def _pauses(reason: str) -> bool:
    return PendingReason.objects.filter(code=reason, pauses_resolution=True).exists()


def _what_follows(ticket: Ticket, changed: Mapping[str, Any]) -> dict[str, Any]:
    follows: dict[str, Any] = {}
    if "site_id" in changed:
        version_id = version_after_move(ticket, organisation_id=ticket.organisation_id, site_id=changed["site_id"])
        if version_id != ticket.agreement_version_id:
            follows["agreement_version_id"] = version_id
    if "requester_id" in changed or "on_behalf_of_id" in changed or follows:
        person_id = changed.get("on_behalf_of_id", ticket.on_behalf_of_id) or changed.get(
            "requester_id", ticket.requester_id
        )
        person = Person.in_scope(person_id) if person_id else None
        raised = vip_raise(follows.get("agreement_version_id", ticket.agreement_version_id), person) if person else 0
        if raised != ticket.priority_raise:
            follows["priority_raise"] = raised
    return follows


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('tickets_number')")
        row = cursor.fetchone()
    return int(row[0])


__all__ = [
    "accept", "answer", "arrive", "assign", "change_major", "close", "confirm", "declare_major", "edit",
    "escalate", "escalate_to", "follow", "hold", "move", "note", "open_ticket", "put_back_to_new", "receive_automatic_answer", "receive_bounce",
    "receive_from_stranger", "reopen", "reply", "resolve", "restore", "resume", "retarget", "review_major", "send_back",
    "set_priority", "share_major_update", "stand_down", "take", "tell_of_clock", "unfollow", "unwatch",
    "update_major", "watch",
]  # fmt: skip
