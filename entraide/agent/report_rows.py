"""The rows of reports: what a page shows of a clock or a stay, and the same as cells of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from entraide.agent.agreement_words import promise_name
from entraide.agent.report_words import Waits, ending_name, kind_name, minutes, outcome_name, side, with_zone
from entraide.reports.export import Cell
from entraide.reports.figures import Figures, Overrun
from entraide.reports.levels import LevelFigures, needed_acceptance
from entraide.reports.longest_waits import Wait, longest_waits
from entraide.reports.promises import Report, due_at, ended_at, is_missed, overrun
from entraide.sla.durations import say_duration
from entraide.sla.metrics import METRICS
from entraide.sla.models import Agreement
from entraide.tickets.models import ClockRow, LevelStay

Cells = list[Cell]


@dataclass(frozen=True)
class ClockLine:
    """A promise that counts, ready for the page. `overrun` and `wait` only where it was missed."""

    row: ClockRow
    name: str
    side: str
    promised: str
    due_at: datetime | None
    ended_at: datetime | None
    outcome: str
    is_missed: bool
    overrun: Overrun | None
    wait: Wait | None
    waited_for: str


@dataclass(frozen=True)
class StayLine:
    """A stay, ready for the page; `accepted_after` is None where nobody had to accept, or has."""

    row: LevelStay
    accepted_after: timedelta | None
    is_unaccepted: bool
    in_hand: timedelta | None
    ending: str


def clock_lines(rows: Sequence[ClockRow], *, now: datetime) -> list[ClockLine]:
    """Return the promises with their longest waits; the number of queries grows with hundreds of tickets only."""
    missed = [row for row in rows if is_missed(row)]
    waits = longest_waits(missed, now=now)
    words = Waits(waits.values())
    return [_clock_line(row, waits.get(row.pk), words, now) for row in rows]


def stay_lines(rows: Iterable[LevelStay]) -> list[StayLine]:
    """Return the stays for the page."""
    return [_stay_line(row) for row in rows]


def promise_header() -> list[str]:
    return [
        _("Agreement"), _("Type"), _("Promise"), _("Priority"), _("Promised"), _("Met"), _("Missed"), _("Kept (%)"),
        _("Promised in the month before"), _("Kept in the month before (%)"), _("Change (points)"),
        _("Median overrun (open minutes)"), _("Median overrun (clock minutes)"),
        _("Worst overrun (open minutes)"), _("Worst overrun (clock minutes)"),
    ]  # fmt: skip


def promise_rows(found: Report, agreements: Mapping[int, str], *, chosen: Agreement | None) -> list[Cells]:
    """Return the lines of the month: each agreement as a whole where none is chosen, then each promise."""
    order = list(METRICS)
    whole = chosen.name if chosen else _("All agreements")
    rows: list[Cells] = [
        [name, "", _("All promises"), "", *_figure_cells(found.by_agreement[key])]
        for key, name in sorted(agreements.items(), key=lambda each: each[1])
    ]
    for kind in sorted(found.by_kind, key=lambda each: (order.index(each.metric), each.level, each.priority)):
        name = promise_name(kind.metric, kind.level)
        rows.append([whole, side(kind.metric), name, f"P{kind.priority}", *_figure_cells(found.by_kind[kind])])
    return rows


def clock_header() -> list[str]:
    return [
        _("Ticket"), _("Subject"), _("Organisation"), _("Priority"), _("Agreement"), _("Type"), _("Promise"),
        _("Promised (open minutes)"), with_zone(_("Began")), with_zone(_("Due")), with_zone(_("Ended")), _("Outcome"),
        _("Overrun (open minutes)"), _("Overrun (clock minutes)"), _("Longest wait"), _("Longest wait (open minutes)"),
    ]  # fmt: skip


def clock_cells(lines: Iterable[ClockLine]) -> Iterator[Cells]:
    for line in lines:
        row: Any = line.row
        late, wait = line.overrun, line.wait
        yield [
            row.ticket.reference, row.ticket.subject, row.organisation.name, f"P{row.priority}",
            row.agreement_version.agreement.name, line.side, line.name, row.target_minutes,
            row.started_at, line.due_at, line.ended_at, line.outcome,
            minutes(late.open_time) if late else None, minutes(late.clock_time) if late else None,
            line.waited_for or None, minutes(wait.length) if wait else None,
        ]  # fmt: skip


def level_header() -> list[str]:
    return [
        _("Level"), _("Team"), _("Stays"), _("Handovers to accept"), _("Not accepted"), _("Median time to accept (minutes)"),
        _("90 % accepted within (minutes)"), _("Median time in hand (minutes)"), _("90 % in hand for at most (minutes)"),
        _("Handed up"), _("Sent back"), _("Sent back (%)"), _("Given to another level"), _("Solved here"),
        _("Solved here (%)"), _("Still there"),
    ]  # fmt: skip


def level_rows(found: Iterable[LevelFigures], teams: Mapping[int, str]) -> list[Cells]:
    """Return the lines of a month: each level as a whole, and below it its teams."""
    return [
        [
            f"N{each.level}", _("The whole level") if each.is_whole else teams.get(each.team_id or 0, _("no team")),
            each.stays, each.handovers, each.unaccepted, minutes(each.accept_median), minutes(each.accept_p90),
            minutes(each.in_hand_median), minutes(each.in_hand_p90), each.escalated, each.returned,
            each.returned_percent, each.moved, each.solved, each.solved_percent, each.open,
        ]
        for each in found
    ]  # fmt: skip


def stay_header() -> list[str]:
    return [
        _("Ticket"), _("Subject"), _("Organisation"), _("Priority"), _("Level"), _("Team"), with_zone(_("Came")),
        with_zone(_("Accepted")), with_zone(_("Left")), _("Time to accept (minutes)"), _("Time in hand (minutes)"),
        _("How it ended"),
    ]  # fmt: skip


def stay_cells(rows: Iterable[LevelStay]) -> Iterator[Cells]:
    for line in stay_lines(rows):
        row: Any = line.row
        yield [
            row.ticket.reference, row.ticket.subject, row.organisation.name, f"P{row.ticket.priority}", f"N{row.level}",
            row.team.name if row.team else None, row.started_at, row.accepted_at, row.ended_at,
            minutes(line.accepted_after), minutes(line.in_hand), line.ending,
        ]  # fmt: skip


def _clock_line(row: ClockRow, wait: Wait | None, words: Waits, now: datetime) -> ClockLine:
    return ClockLine(
        row=row,
        name=kind_name(row),
        side=side(row.metric),
        promised=say_duration(row.target_minutes),
        due_at=due_at(row),
        ended_at=ended_at(row),
        outcome=outcome_name(row),
        is_missed=is_missed(row),
        overrun=overrun(row, now=now) if is_missed(row) else None,
        wait=wait,
        waited_for=words.wait(wait) if wait else "",
    )


def _stay_line(row: Any) -> StayLine:
    return StayLine(
        row=row,
        accepted_after=row.accept_length if needed_acceptance(row) else None,
        is_unaccepted=row.accepted_at is None,
        in_hand=row.in_hand_length,
        ending=ending_name(row.ending),
    )


def _figure_cells(figures: Figures) -> Cells:
    middle, worst = figures.median, figures.worst
    return [
        figures.now.promised, figures.now.met, figures.now.missed, figures.now.kept_percent,
        figures.before.promised, figures.before.kept_percent, figures.change_points,
        minutes(middle.open_time) if middle else None, minutes(middle.clock_time) if middle else None,
        minutes(worst.open_time) if worst else None, minutes(worst.clock_time) if worst else None,
    ]  # fmt: skip
