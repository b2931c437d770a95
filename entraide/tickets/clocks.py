"""The clocks and stays of a ticket: brought along with each event, kept as rows, rebuilt from the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from entraide.core.events import Moment
from entraide.sla.calendar import Calendar
from entraide.sla.clocks import MERGED, Alarm, Change, Clock, Key, Reading, Segment, advance, alarm, reading, segments
from entraide.sla.metrics import METRICS, Snapshot
from entraide.sla.plans import plan_of
from entraide.sla.promises import Target
from entraide.tickets.status import OPEN, Status

if TYPE_CHECKING:
    from entraide.tickets.models import ClockRow, LevelStay, Ticket

CONTINUING = [metric.code for metric in METRICS.values() if metric.continues]
AIM = ("agreement_version_id", "kind", "priority")


@dataclass(frozen=True)
class Stay:
    """One stay at a level. `began` is the entry with which it began."""

    began: int
    level: int
    team_id: int | None
    started_at: datetime
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    ending: str = ""


@dataclass
class Book:
    """The clocks and stays of one ticket in memory.

    A `whole` book was folded from the first entry on and follows clocks without a target, too; one that was read
    from rows has those that can still change.
    """

    is_whole: bool
    clocks: dict[Key, Clock] = field(default_factory=dict)
    stays: dict[int, Stay] = field(default_factory=dict)
    kept_clocks: dict[Key, Clock] = field(default_factory=dict)
    kept_stays: dict[int, Stay] = field(default_factory=dict)

    def told(self, key: Key, found: Alarm) -> None:
        """Note that the timeline has an entry about this alarm."""
        clock = self.clocks.get(key)
        if clock is not None:
            is_warning = found.kind == "warning"
            self.clocks[key] = (
                replace(clock, warned_for=found.at) if is_warning else replace(clock, breach_told_for=found.at)
            )


@dataclass(frozen=True)
class Shown:
    """A clock at one moment, as people and the API see it."""

    clock: Clock
    reading: Reading
    segments: list[Segment]

    @property
    def is_internal(self) -> bool:
        return METRICS[self.clock.metric].is_internal


def bring_along(ticket: Ticket, moment: Moment, before: Mapping[str, Any]) -> None:
    """Advance the ticket's clocks and stays by the event that has just been applied, and what its row says of them."""
    from entraide.tickets.models import NO_PROMISE

    book = book_of(ticket)
    if not book.is_whole and any(before[name] != getattr(ticket, name) for name in AIM):
        # Another target may bring clocks to life that nobody followed: only the timeline knows since when they run.
        fresh: Any = ticket.replayed()
        whole = book_of(fresh)
        book.clocks, book.stays, book.is_whole = whole.clocks, whole.stays, True
        book.kept_clocks, book.kept_stays = dict(_read_clocks(ticket.clocks.all())), dict(whole.stays)
    now = snapshot_of(ticket, moment)
    book.clocks = advance(book.clocks, now, plans=plan_of)
    _advance_stays(book.stays, ticket, moment, before)
    is_open = ticket.status in OPEN
    ticket.unassigned_since = (ticket.unassigned_since or moment.at) if is_open and ticket.assignee_id is None else None
    if before.get("level") != ticket.level:
        ticket.level_since = moment.at
    ticket.next_due_at, ticket.next_due_metric = _nearest(book.clocks.values(), moment.at) or (NO_PROMISE, "")


def keep(ticket: Ticket) -> None:
    """Write the rows of the clocks and stays that changed."""
    from entraide.tickets.models import ClockRow, LevelStay

    book = book_of(ticket)
    aimed = {key: clock for key, clock in book.clocks.items() if clock.target is not None}
    changed = [clock for key, clock in aimed.items() if book.kept_clocks.get(key) != clock]
    if changed:
        ClockRow.objects.bulk_create(
            [_row(ticket, clock) for clock in changed],
            update_conflicts=True,
            unique_fields=["ticket", "metric", "level", "began"],
            update_fields=CLOCK_COLUMNS,
        )
    for key in book.kept_clocks.keys() - aimed.keys():
        ClockRow.objects.filter(ticket=ticket, metric=key[0], level=key[1], began=key[2]).delete()
    new_stays = [stay for began, stay in book.stays.items() if book.kept_stays.get(began) != stay]
    if new_stays:
        LevelStay.objects.bulk_create(
            [LevelStay(ticket=ticket, organisation_id=ticket.organisation_id, **vars(stay)) for stay in new_stays],
            update_conflicts=True,
            unique_fields=["ticket", "began"],
            update_fields=["accepted_at", "ended_at", "ending", "team"],
        )
    book.kept_clocks, book.kept_stays = dict(aimed), dict(book.stays)


def book_of(ticket: Ticket) -> Book:
    """Return the clocks and stays that belong to this object of a ticket, read from their rows the first time."""
    known: Book | None = ticket.__dict__.get("_book")
    if known is None:
        known = Book(is_whole=True) if ticket._state.adding else _read(ticket)
        ticket.__dict__["_book"] = known
    return known


def snapshot_of(ticket: Ticket, moment: Moment) -> Snapshot:
    """Return what clocks look at."""
    return Snapshot(
        number=moment.number,
        at=moment.at,
        plan_id=ticket.agreement_version_id,
        kind=ticket.kind,
        priority=ticket.priority,
        level=ticket.level,
        is_open=ticket.status in OPEN,
        pause=ticket.pending_reason if ticket.status == Status.WAITING and ticket.pauses_clocks else "",
        is_answered=ticket.first_response_at is not None,
        awaits_answer=ticket.awaits_answer,
        awaits_acceptance=ticket.awaits_acceptance,
        is_on_site=ticket.mode == "on_site",
        has_arrived=ticket.arrived_at is not None,
        rhythm_minutes=ticket.major_rhythm_minutes if ticket.major_since is not None else None,
        last_update_number=ticket.last_update_number,
        is_merged=ticket.merged_into_id is not None,
    )


def alarm_of(ticket: Ticket, key: Key, *, now: datetime) -> Alarm | None:
    """Return what is to be told of this clock at `now`, if anything is."""
    clock = book_of(ticket).clocks.get(key)
    if clock is None or clock.target is None:
        return None
    found = alarm(clock, read_at(clock, now))
    return found if found is not None and found.at <= now else None


def shown(ticket: Ticket, *, now: datetime) -> list[Shown]:
    """Return every clock of the ticket that has a target, with its explanation up to `now`."""
    clocks = dict(_read_clocks(ticket.clocks.all()))
    return [
        Shown(clock, read_at(clock, now), segments(clock, calendar_for(clock), since=ticket.opened_at, now=now))
        for clock in clocks.values()
    ]


def preview(ticket: Ticket, version_id: int, *, now: datetime) -> list[tuple[Clock, Reading | None, Reading | None]]:
    """Return the running clocks of a ticket as they are and as they would be under another agreement version."""
    fresh: Any = ticket.replayed()
    last = Moment(now, _NOBODY, ticket.version + 1)
    current = {key: clock for key, clock in book_of(fresh).clocks.items() if not clock.is_over}
    there = advance(current, replace(snapshot_of(fresh, last), plan_id=version_id), plans=plan_of)
    return [
        (
            there[key],
            read_at(clock, now) if clock.target else None,
            read_at(there[key], now) if there[key].target else None,
        )
        for key, clock in current.items()
        if clock.target or there[key].target
    ]


def rebuild(ticket: Ticket) -> None:
    """Write all rows anew from the timeline. Call it with the ticket locked."""
    fresh: Any = ticket.replayed()
    ticket.clocks.all().delete()
    ticket.stays.all().delete()
    whole = book_of(fresh)
    ticket.__dict__["_book"] = Book(is_whole=True, clocks=whole.clocks, stays=whole.stays)
    keep(ticket)


def differences(ticket: Ticket) -> list[str]:
    """Return in words where the rows of a ticket differ from what its timeline says: nothing, if all is well."""
    fresh: Any = ticket.replayed()
    told, stored = fresh.columns(), ticket.columns()
    found = [
        f"{name}: {stored[name]!r}, but {told[name]!r} by the timeline" for name in told if told[name] != stored[name]
    ]
    whole = book_of(fresh)
    aimed = {key: _values(clock) for key, clock in whole.clocks.items() if clock.target is not None}
    rows = {
        (row.metric, row.level, row.began): {name: getattr(row, _attname(name)) for name in CLOCK_COLUMNS}
        for row in ticket.clocks.all()
    }
    for key in sorted(aimed.keys() | rows.keys()):
        if aimed.get(key) != rows.get(key):
            found.append(f"clock {key}: {rows.get(key)}, but {aimed.get(key)} by the timeline")
    stays = {row.began: _stay(row) for row in ticket.stays.all()}
    for began in sorted(whole.stays.keys() | stays.keys()):
        if whole.stays.get(began) != stays.get(began):
            found.append(f"stay {began}: {stays.get(began)}, but {whole.stays.get(began)} by the timeline")
    return found


def calendar_for(clock: Clock) -> Calendar:
    """Return the calendar of the clock's target, in the version that its agreement was published with."""
    assert clock.plan_id is not None and clock.target is not None
    return plan_of(clock.plan_id).calendars[clock.target.calendar]


def calendar_of_ticket(ticket: Ticket) -> Calendar | None:
    """Return the hours in which this ticket is supported: those of its resolution, else of what else is promised."""
    if ticket.agreement_version_id is None:
        return None
    plan = plan_of(ticket.agreement_version_id)
    # Something is promised to the client at every priority: an agreement without is refused.
    for metric in ("resolution", *METRICS):
        if target := plan.target(metric, level=0, kind=ticket.kind, priority=ticket.priority):
            return plan.calendars[target.calendar]
    return None


def read_at(clock: Clock, now: datetime) -> Reading:
    """Return what a clock that has a target shows at `now`."""
    assert clock.plan_id is not None
    return reading(clock, calendar_for(clock), now=now, warn_percent=plan_of(clock.plan_id).warn_percent)


def clock_of(row: ClockRow) -> Clock:
    """Return the clock that a row keeps."""
    return Clock(
        metric=row.metric,
        level=row.level,
        began=row.began,
        changes=tuple(
            Change(datetime.fromisoformat(at), number, phase, reason) for at, number, phase, reason in row.changes
        ),
        target=Target(row.metric, row.priority, row.target_minutes, row.calendar_id, row.kind, row.level),
        plan_id=row.agreement_version_id,
        warned_for=row.warned_for,
        breach_told_for=row.breach_told_for,
    )


# What a row has besides its key.
CLOCK_COLUMNS = [
    "changes", "agreement_version", "kind", "priority", "target_minutes", "calendar", "state", "started_at", "ended_at", "due_at",
    "warn_at", "elapsed_s", "warned_for", "breach_told_for", "next_alarm_at",
]  # fmt: skip


def _attname(name: str) -> str:
    return f"{name}_id" if name in ("agreement_version", "calendar") else name


def _values(clock: Clock) -> dict[str, Any]:
    """Return the columns of a clock's row. They depend on the clock alone, not on when they are written."""
    target = clock.target
    assert target is not None
    last = clock.changes[-1].at
    seen = read_at(clock, last)
    pending = alarm(clock, seen)
    state = {"breached": clock.phase}.get(seen.state, seen.state)
    return {
        "changes": [[each.at.isoformat(), each.number, each.phase, each.reason] for each in clock.changes],
        "agreement_version": clock.plan_id,
        "kind": target.kind,
        "priority": target.priority,
        "target_minutes": target.minutes,
        "calendar": target.calendar,
        "state": state,
        "started_at": clock.started_at,
        "ended_at": clock.ended_at,
        "due_at": seen.due_at,
        "warn_at": seen.warn_at,
        "elapsed_s": seen.elapsed // timedelta(seconds=1),
        "warned_for": clock.warned_for,
        "breach_told_for": clock.breach_told_for,
        "next_alarm_at": pending.at if pending else None,
    }


def _row(ticket: Ticket, clock: Clock) -> ClockRow:
    from entraide.tickets.models import ClockRow

    values = {_attname(name): value for name, value in _values(clock).items()}
    return ClockRow(
        ticket=ticket, organisation_id=ticket.organisation_id, metric=clock.metric, level=clock.level, began=clock.began,
        **values,
    )  # fmt: skip


def _read(ticket: Ticket) -> Book:
    """Return the clocks that can still change or of which something is to be told, and the stay that goes on."""
    wanted = Q(state__in=["running", "paused"]) | Q(metric__in=CONTINUING) | Q(next_alarm_at__isnull=False)
    wanted |= Q(changes__contains=[[MERGED]])
    clocks = dict(_read_clocks(ticket.clocks.filter(wanted)))
    stays = {row.began: _stay(row) for row in ticket.stays.filter(ended_at=None).order_by()}
    return Book(False, clocks, stays, dict(clocks), dict(stays))


def _read_clocks(rows: Iterable[ClockRow]) -> Iterable[tuple[Key, Clock]]:
    return (((row.metric, row.level, row.began), clock_of(row)) for row in rows)


def _stay(row: LevelStay) -> Stay:
    return Stay(row.began, row.level, row.team_id, row.started_at, row.accepted_at, row.ended_at, row.ending)


def _advance_stays(stays: dict[int, Stay], ticket: Ticket, moment: Moment, before: Mapping[str, Any]) -> None:
    is_open, was_open = ticket.status in OPEN, before.get("status") in OPEN
    current = next((stay for stay in stays.values() if stay.ended_at is None), None)
    moves = bool(before) and before["level"] != ticket.level
    if current is not None and (moves or not is_open):
        # The machine's clock may have been set back since: no stay ends before it began.
        ended_at = max(moment.at, current.started_at)
        stays[current.began] = replace(current, ended_at=ended_at, ending=_ending(ticket, before, is_open=is_open))
    if is_open and (moves or not was_open or current is None):
        accepted_at = None if ticket.awaits_acceptance else moment.at
        stays[moment.number] = Stay(moment.number, ticket.level, ticket.team_id, moment.at, accepted_at)
    elif is_open and current is not None:
        accepted_at = current.accepted_at or (None if ticket.awaits_acceptance else max(moment.at, current.started_at))
        stays[current.began] = replace(current, team_id=ticket.team_id, accepted_at=accepted_at)


def _ending(ticket: Ticket, before: Mapping[str, Any], *, is_open: bool) -> str:
    from entraide.tickets.models import LevelStay

    if not is_open:
        return LevelStay.Ending.MERGED if ticket.merged_into_id else LevelStay.Ending.RESOLVED
    if ticket.level > before["level"]:
        return LevelStay.Ending.ESCALATED
    return LevelStay.Ending.RETURNED if ticket.returns > before["returns"] else LevelStay.Ending.MOVED


def _nearest(clocks: Iterable[Clock], now: datetime) -> tuple[datetime, str] | None:
    due = [
        (seen.due_at, clock.metric)
        for clock in clocks
        if clock.target is not None and not clock.is_over and (seen := read_at(clock, now)).due_at is not None
    ]
    return min(due, default=None)


class _Nobody:
    person_id = None


_NOBODY: Any = _Nobody()
