"""From what was asked to the condition on tickets. The database looks names up by itself; only a field of a form is read first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import get_current_timezone, localtime, make_aware

from entraide.core.words import Folded, folded
from entraide.tickets import asked_names
from entraide.tickets.answers import matching_field
from entraide.tickets.asked import Asked, Part, Word
from entraide.tickets.asked_operators import FIELD, ME, NOBODY, fold
from entraide.tickets.asked_times import Days, Named, Time, read_time
from entraide.tickets.finding import Readable, holds, may_resemble
from entraide.tickets.models import NO_PROMISE, Attachment, Ticket, TicketEntry
from entraide.tickets.status import OPEN, Status


@dataclass(frozen=True)
class Asker:
    """Who asks, and when."""

    person_id: int
    readable: Readable
    now: datetime

    @property
    def today(self) -> date:
        return localtime(self.now).date()


def condition(asked: Asked, asker: Asker, *, leniently: bool = False) -> Q:
    """Return the condition of everything asked; a value that cannot be read is left out.

    With `leniently`, words may stand for others that resemble them.
    """
    whole = Q()
    for group in asked.groups:
        parts = [each for each in (_part(part, asker, leniently=leniently) for part in group) if each is not None]
        if parts:
            whole &= reduce(or_, parts)
    return whole


def may_be_lenient(asked: Asked) -> bool:
    """Tell whether some word has enough letters to resemble another."""
    return any(may_resemble(word) for word in asked.words)


def _part(part: Part, asker: Asker, *, leniently: bool) -> Q | None:
    if isinstance(part, Word):
        return holds(part, asker.readable, leniently=leniently)
    found = [each for each in (_value(part.operator, value, asker) for value in part.values) if each is not None]
    if not found:
        return None
    either = reduce(or_, found)
    # NOT (team = 3) loses the tickets without a team: what is not among those that have it, has it not.
    return Q(~Exists(Ticket.objects.filter(either, pk=OuterRef("pk")))) if part.is_negated else either


def _value(operator: str, value: str, asker: Asker) -> Q | None:
    if operator.startswith(FIELD):
        # Which answers are for the desk alone is not said in their rows.
        return matching_field(operator.removeprefix(FIELD), value) & asker.readable.internal()
    found: Q | None = _CONDITIONS[operator](value, asker)
    return found


def _is(value: str, asker: Asker) -> Q:
    open_now = Q(status__in=OPEN)
    return {
        "open": open_now,
        "closed": Q(status=Status.CLOSED),
        "new": Q(status=Status.NEW),
        "waiting": Q(status=Status.WAITING),
        "resolved": Q(status=Status.RESOLVED),
        "unassigned": open_now & Q(assignee=None),
        "assigned": Q(assignee__isnull=False),
        "major": Q(major_since__isnull=False),
        "late": open_now & Q(next_due_at__lte=asker.now),
        "mine": Q(assignee_id=asker.person_id),
        "watched": Q(watcher_ids__contains=[asker.person_id]),
        "reopened": Q(reopenings__gt=0),
        "unanswered": open_now & Q(awaits_answer=True) & ~Q(status=Status.WAITING),
        "handover": open_now & Q(awaits_acceptance=True),
        "awaiting-approval": open_now & ~Q(open_approvals=[]),
        "confidential": Q(is_confidential=True),
        "escalated": Q(escalations__gt=0),
        "vip": Q(requester__is_vip=True),
    }[value]


def _has(value: str, asker: Asker) -> Q:
    if value == "tag":
        return ~Q(tags=[])
    if value == "promise":
        return ~Q(next_due_at=NO_PROMISE)
    readable = asker.readable
    if kind := {"note": "note_added", "third-party": "third_party_written"}.get(value):
        said = TicketEntry.objects.filter(readable.condition(), ticket=OuterRef("pk"), kind=kind)
        return Q(Exists(said))
    files = Attachment.objects.filter(readable.condition("entry__"), ticket=OuterRef("pk"), is_inline=False)
    return Q(Exists(files))


def _person(field: str) -> Callable[[str, Asker], Q]:
    def asked_for(value: str, asker: Asker) -> Q:
        if fold(value) in ME:
            return Q(**{f"{field}_id": asker.person_id})
        if field == "assignee" and fold(value) in NOBODY:
            return Q(assignee=None)
        people = asked_names.people(value, anywhere=field == "assignee")
        return Q(**{f"{field}__in": people})

    return asked_for


def _requester(value: str, asker: Asker) -> Q:
    return _person("requester")(value, asker) | _person("on_behalf_of")(value, asker)


def _named(operator: str, field: str) -> Callable[[str, Asker], Q]:
    def asked_for(value: str, asker: Asker) -> Q:
        if fold(value) in NOBODY:
            return Q(**{f"{field}__isnull": True})
        return Q(**{f"{field}__in": asked_names.named(operator, value).values("pk")})

    return asked_for


def _form(value: str, asker: Asker) -> Q:
    if fold(value) in NOBODY:
        return Q(form_version=None)
    return Q(form_version__form__in=asked_names.named("form", value).values("pk"))


def _tag(value: str, asker: Asker) -> Q:
    # The desk writes tags in small letters; a program need not.
    return Q(tags=[]) if fold(value) in NOBODY else Q(tags__contains=[value]) | Q(tags__contains=[value.lower()])


def _subject(value: str, asker: Asker) -> Q:
    held = (
        Ticket.objects.order_by().alias(folded_subject=Folded("subject")).filter(folded_subject__contains=folded(value))
    )
    return Q(pk__in=held.values("pk"))


def _kind(value: str, asker: Asker) -> Q | None:
    codes = [kind.code for kind in asked_names.kinds_named(value)]
    return Q(kind__in=codes) if codes else None


def _time(field: str, *, ahead: bool = False) -> Callable[[str, Asker], Q | None]:
    def asked_for(value: str, asker: Asker) -> Q | None:
        wanted = time_of(value, asker, ahead=ahead)
        return None if wanted is None else _within(field, wanted, asker, ahead=ahead)

    return asked_for


def time_of(value: str, asker: Asker, *, ahead: bool) -> Time | None:
    """Return the time that a value asks for, or None when it cannot be read; what was is never "late"."""
    wanted = read_time(value, today=asker.today)
    return None if isinstance(wanted, Named) and not ahead else wanted


def _within(field: str, wanted: Time, asker: Asker, *, ahead: bool) -> Q:
    promised = Q(**{f"{field}__lt": NO_PROMISE}) if ahead else Q()
    if isinstance(wanted, Named):
        return Q(**{field: NO_PROMISE}) if wanted.name == "none" else Q(**{f"{field}__lte": asker.now})
    if isinstance(wanted, Days):
        return promised & _days(field, wanted)
    try:
        border = asker.now + (wanted.span if ahead else -wanted.span)
    except OverflowError:
        border = asker.now + timedelta(days=36500 if ahead else -36500)
    is_later = wanted.is_more if ahead else not wanted.is_more
    return promised & Q(**{f"{field}__{'gt' if is_later else 'lte'}": border})


def _days(field: str, days: Days) -> Q:
    found = Q()
    if days.first:
        found &= Q(**{f"{field}__gte": _midnight(days.first)})
    if days.last and days.last < date.max:
        found &= Q(**{f"{field}__lt": _midnight(days.last + timedelta(days=1))})
    return found


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min), get_current_timezone())


_CONDITIONS: dict[str, Callable[[str, Asker], Any]] = {
    "is": _is,
    "has": _has,
    "level": lambda value, asker: Q(level=int(value)),
    "priority": lambda value, asker: Q(priority=int(value)),
    "status": lambda value, asker: Q(status=value),
    "channel": lambda value, asker: Q(channel=value),
    "org": _named("org", "organisation"),
    "site": _named("site", "site"),
    "team": _named("team", "team"),
    "category": lambda value, asker: (
        _named("category", "category")(value, asker)
        | (Q() if fold(value) in NOBODY else Q(category__parent__in=asked_names.named("category", value).values("pk")))
    ),
    "assignee": _person("assignee"),
    "from": _requester,
    "tag": _tag,
    "subject": _subject,
    "form": _form,
    "kind": _kind,
    "due": _time("next_due_at", ahead=True),
    "opened": _time("opened_at"),
    "updated": _time("updated_at"),
}
