"""The promises on a ticket: a bar for each clock beside the conversation, and the page that explains every second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.access import needs
from entraide.agent.agreement_words import calendars_used
from entraide.core.clock import now
from entraide.look.dates import date_format
from entraide.look.punctuation import labelled
from entraide.look.times import between, deadline, span
from entraide.sla.clocks import Clock, Reading, Segment
from entraide.sla.durations import say_duration
from entraide.sla.metrics import METRICS
from entraide.sla.models import AgreementVersion, CalendarVersion, CoverageCalendar
from entraide.tickets import clocks as ticket_clocks
from entraide.tickets import queries
from entraide.tickets.models import LevelStay, PendingReason, Ticket
from entraide.tickets.status import OPEN
from entraide.tickets.timeline import Line, lines_of

# What the picture is wide, in its own units.
WIDTH = 1000
PIECES_AT_MOST = 300
KINDS = {
    "not_started": gettext_lazy("not begun"),
    "running": gettext_lazy("running"),
    "paused": gettext_lazy("paused"),
    "outside": gettext_lazy("outside coverage"),
    "breached": gettext_lazy("running late"),
    "met": gettext_lazy("promise kept"),
    "missed": gettext_lazy("promise missed"),
    "off": gettext_lazy("no longer promised"),
}


@dataclass(frozen=True)
class Bar:
    """One piece of the picture: its place in thousandths of the width, and what it says."""

    kind: str
    x: float
    width: float
    words: str


@dataclass(frozen=True)
class Step:
    """What a clock did because of one entry, in words; `parts` has what became of that time."""

    start: datetime
    end: datetime
    kind: str
    parts: list[str]
    cause: Line | None


@dataclass(frozen=True)
class Promise:
    """One clock, ready to be shown."""

    clock: Clock
    reading: Reading
    name: str
    is_internal: bool
    promised: str
    due_x: float | None
    used: str
    sentence: str
    used_percent: int
    bars: list[Bar]
    steps: list[Step]
    marks: list[tuple[float, str]]
    # The version of its calendar that it is judged by, on the page that explains it.
    hours: CalendarVersion | None = None

    @property
    def state(self) -> str:
        return self.reading.state

    @property
    def is_over(self) -> bool:
        return self.clock.is_over


@needs("ticket.see")
def explanation(request: Any, number: int) -> HttpResponse:
    """Every clock of a ticket: a picture, its sentence, and each stretch with the entry that caused it."""
    found = queries.find(number, actor=request.actor) if number < 2**31 else None
    if found is None:
        raise Http404
    lines = {line.number: line for line in lines_of(queries.timeline_for(found, actor=request.actor))}
    version = AgreementVersion.objects.select_related("agreement").filter(pk=found.agreement_version_id or 0).first()
    hours = calendars_used([version.document]) if version else {}
    context = {
        "ticket": found,
        "promises": [_with_hours(each, version, hours) for each in promises_of(found, lines=lines)],
        "agreement_version": version,
        "stays": stays_of(found),
        "list_query": request.GET.urlencode(),
        "kinds": KINDS.items(),
    }
    return render(request, "agent/clocks.html", context)


def promises_of(ticket: Ticket, *, lines: dict[int, Line] | None = None) -> list[Promise]:
    """Return the clocks of a ticket as people see them, those that run first; with `lines` also their steps."""
    at = now()
    # Once the work is done there is nothing more to see; its closing may come days later.
    until = (ticket.resolved_at or at) if ticket.status not in OPEN else at
    reasons = {reason.code: str(reason) for reason in PendingReason.objects.all()}
    calendars = dict(CoverageCalendar.objects.values_list("pk", "name"))
    found = [
        _promise(each, ticket, at, until, reasons=reasons, calendars=calendars, lines=lines)
        for each in ticket_clocks.shown(ticket, now=until)
    ]
    return sorted(found, key=lambda each: (each.is_over, each.is_internal, each.reading.due_at or at, each.clock.began))


def _with_hours(promise: Promise, version: AgreementVersion | None, hours: Mapping[int, CalendarVersion]) -> Promise:
    if version is None or promise.clock.target is None:
        return promise
    used = version.document["calendars"].get(str(promise.clock.target.calendar))
    return replace(promise, hours=hours.get(used))


def stays_of(ticket: Ticket) -> list[tuple[LevelStay, timedelta, timedelta | None]]:
    """Return the stays at levels, each with how long it lasted and how long it took to be accepted."""
    at = now()
    return [
        (
            stay,
            (stay.ended_at or at) - stay.started_at,
            stay.accepted_at - stay.started_at if stay.accepted_at else None,
        )
        for stay in ticket.stays.select_related("team")
    ]


def _promise(
    shown: ticket_clocks.Shown,
    ticket: Ticket,
    at: datetime,
    until: datetime,
    *,
    reasons: dict[str, str],
    calendars: dict[int, str],
    lines: dict[int, Line] | None,
) -> Promise:
    clock, reading = shown.clock, shown.reading
    target = clock.target
    assert target is not None
    length = timedelta(minutes=target.minutes)
    name = _(METRICS[clock.metric].name)
    return Promise(
        clock=clock,
        reading=reading,
        name=f"{name} N{clock.level}" if clock.level else name,
        is_internal=shown.is_internal,
        promised=_("%(span)s of “%(calendar)s”")
        % {"span": open_time(length), "calendar": calendars.get(target.calendar, "?")},
        due_x=_place(reading.promised_at, ticket.opened_at, until) if lines is not None else None,
        used=open_time(reading.elapsed),
        sentence=sentence(clock, reading, at, reasons),
        used_percent=min(100, int(100 * reading.elapsed / length)),
        bars=_bars(shown.segments, reasons) if lines is not None else [],
        steps=_steps(shown.segments, lines, reasons) if lines is not None else [],
        marks=_marks(ticket.opened_at, until) if lines is not None else [],
    )


def sentence(clock: Clock, reading: Reading, at: datetime, reasons: dict[str, str]) -> str:
    """Return where a clock stands, in words."""
    if reading.state == "met":
        return _("kept, with %(span)s to spare") % {"span": open_time(reading.remaining)}
    if reading.state == "missed":
        return _("missed by %(span)s") % {"span": open_time(-reading.remaining)}
    if reading.state == "off":
        return _("no longer promised")
    if reading.due_at is not None:
        words = deadline(reading.due_at, now=at)
        return (
            _("missed %(when)s") % {"when": words}
            if reading.state == "breached"
            else _("due %(when)s") % {"when": words}
        )
    if reading.state == "paused":
        reason = reasons.get(clock.changes[-1].reason, clock.changes[-1].reason)
        return _("paused (%(reason)s), %(span)s left") % {"reason": reason, "span": open_time(reading.remaining)}
    return _("never due: the calendar does not open again")


def open_time(length: timedelta) -> str:
    """Return a length of open time in hours: a "day" of it would be three days of work."""
    return say_duration(max(0, round(length / timedelta(minutes=1))))


def _bars(segments: list[Segment], reasons: dict[str, str]) -> list[Bar]:
    if not segments:
        return []
    start, whole = segments[0].start, segments[-1].end - segments[0].start
    if len(segments) > PIECES_AT_MOST:
        # Each night of a year is narrower than a line can be drawn.
        segments = [_whole(list(group)) for _cause, group in groupby(segments, key=_cause)]
    return [
        Bar(
            kind=each.kind,
            x=round(WIDTH * ((each.start - start) / whole), 2),
            width=max(0.6, round(WIDTH * ((each.end - each.start) / whole), 2)),
            words=labelled(between(each.start, each.end), f"{_kind(each, reasons)} ({span(each.end - each.start)})"),
        )
        for each in segments
    ]


def _place(instant: datetime | None, start: datetime, end: datetime) -> float | None:
    """Return where an instant stands in the picture, or None outside of it."""
    if instant is None or not start <= instant <= end or start == end:
        return None
    return round(WIDTH * ((instant - start) / (end - start)), 1)


def _steps(segments: Iterable[Segment], lines: dict[int, Line], reasons: dict[str, str]) -> list[Step]:
    """Return the stretches, those of one cause together: nights and week-ends would bury what matters."""
    steps = []
    for (number, _is_late), group in groupby(segments, key=_cause):
        pieces = list(group)
        sums: dict[str, timedelta] = {}
        for piece in pieces:
            words = _kind(piece, reasons)
            sums[words] = sums.get(words, timedelta()) + (piece.end - piece.start)
        parts = [labelled(words, open_time(length)) for words, length in sums.items()]
        steps.append(Step(pieces[0].start, pieces[-1].end, _whole(pieces).kind, parts, lines.get(number)))
    return steps


def _cause(segment: Segment) -> tuple[int, bool]:
    return segment.number, segment.kind == "breached"


def _whole(pieces: list[Segment]) -> Segment:
    """Return stretches of one cause as one: what it was outside of the hours in which nothing counts."""
    kind = next((piece.kind for piece in pieces if piece.kind != "outside"), pieces[0].kind)
    return replace(pieces[0], kind=kind, end=pieces[-1].end)


def _kind(segment: Segment, reasons: dict[str, str]) -> str:
    words = str(KINDS[segment.kind])
    return f"{words} ({reasons.get(segment.reason, segment.reason)})" if segment.kind == "paused" else words


def _marks(start: datetime, end: datetime) -> list[tuple[float, str]]:
    """Return up to eight midnights under the picture, or hours where the life is short."""
    step = timedelta(days=1) if end - start > timedelta(days=1) else timedelta(hours=1)
    while (end - start) / step > 8:
        step *= 2
    first = localtime(start).replace(minute=0, second=0, microsecond=0)
    if step >= timedelta(days=1):
        first = first.replace(hour=0)
    marks = []
    at = first + step
    while at < end:
        words = date_format(localtime(at), "j N" if step >= timedelta(days=1) else "H:i")
        marks.append((round(WIDTH * ((at - start) / (end - start)), 1), words))
        at += step
    return marks
