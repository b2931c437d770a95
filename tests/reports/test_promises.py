"""Promises kept and missed in a month: counted, explained, led down to the tickets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entraide.core.actor import Actor
from entraide.people.models import RoleGrant
from entraide.people.rights import Role
from entraide.reports.figures import Overrun, Tally
from entraide.reports.levels import AskedStays, level_figures, stays
from entraide.reports.longest_waits import Cause, longest_waits, sums
from entraide.reports.months import Month
from entraide.reports.promises import Asked, Kind, clocks, due_at, report
from entraide.sla.models import Agreement
from entraide.tickets import actions
from tests.reports.desk import LATER, accepted_late, answered_in_time, answered_late, at, hand_over
from tests.world import World, everything

pytestmark = pytest.mark.django_db
FEBRUARY = Month(2026, 2)
DESK = Actor.system("report")
RESPONSE = Kind("first_response", 0, 3)
TAKE_OVER = Kind("take_over", 2, 3)
HOUR = timedelta(hours=1)


def test_a_months_promises_are_counted_with_by_how_much_they_were_missed(world: World) -> None:
    answered_late(world)
    answered_in_time(world)
    accepted_late(world)
    with everything():
        found = report(Asked(FEBRUARY), actor=DESK, now=LATER)
    line = found.by_kind[RESPONSE]
    assert line.now == Tally(met=2, missed=1)
    assert line.median == line.worst == Overrun(open_time=HOUR, clock_time=2.5 * HOUR)
    late = found.by_kind[TAKE_OVER]
    assert (late.now, late.worst) == (Tally(0, 1), Overrun(2.5 * HOUR, 4 * HOUR))
    office = Agreement.objects.get(is_default=True)
    assert found.by_agreement.keys() == {office.pk}
    assert found.by_agreement[office.pk] == found.whole


def test_a_promise_counts_when_it_was_met_or_fell_due_and_not_when_it_began(world: World) -> None:
    with at("17:00", 27):
        kept, late = world.ticket(), world.ticket()
    with at("09:00", 2, month=3):
        actions.reply(kept, text="Voilà.", actor=world.as_(world.nils))
    # Friday 17:00 and four open hours: due on Monday at 11:00.
    with everything():
        march, february = (Asked(month, metric="first_response") for month in (Month(2026, 3), FEBRUARY))
        assert not clocks(february, actor=DESK, now=LATER.replace(hour=18)).exists()
        assert [row.ticket_id for row in clocks(march, actor=DESK, now=LATER.replace(hour=10))] == [kept.pk]
        rows = list(clocks(march, actor=DESK, now=LATER.replace(hour=12)))
        assert [row.ticket_id for row in rows] == [kept.pk, late.pk]
        assert {due_at(row) for row in rows} == {LATER.replace(hour=11)}
        running = report(march, actor=DESK, now=LATER.replace(hour=12)).by_kind[RESPONSE]
        assert (running.now, running.worst) == (Tally(1, 1), Overrun(HOUR, HOUR))


def test_the_month_before_stands_beside_it(world: World) -> None:
    answered_late(world)
    with everything():
        found = report(Asked(Month(2026, 3)), actor=DESK, now=LATER)
    assert found.by_kind[RESPONSE].before == Tally(0, 1)
    assert found.by_kind[RESPONSE].now == Tally()


def test_the_longest_wait_says_what_was_waited_for(world: World) -> None:
    answered_late(world)
    accepted_late(world)
    with at("08:00", 4):
        untaken = world.ticket()
    with at("17:00", 4):
        actions.take(untaken, actor=world.as_(world.nadia))
        actions.reply(untaken, text="Voilà.", actor=world.as_(world.nadia))
    with everything():
        missed = list(clocks(Asked(FEBRUARY, outcome="missed"), actor=DESK, now=LATER))
        waits = longest_waits(missed, now=LATER)
    found = {(row.metric, waits[row.pk].cause, waits[row.pk].length) for row in missed if row.metric != "resolution"}
    assert ("first_response", Cause("answer", 1), 4 * HOUR) in found
    assert ("take_over", Cause("handover", 2), 4.5 * HOUR) in found
    assert ("first_response", Cause("untaken", 1), 7.5 * HOUR) in found
    in_order = [
        (each.cause.kind, each.count)
        for each in sums(waits[row.pk] for row in missed if row.metric == "first_response")
    ]
    assert in_order == [("untaken", 1), ("answer", 1)]


def test_what_the_desk_enters_by_itself_does_not_cut_a_wait(world: World) -> None:
    with at("08:00"):
        ticket = world.ticket()
    with at("11:00"):
        absence = {"text": "De retour lundi.", "from_email": "alice@helvetia.example"}
        actions.receive_automatic_answer(ticket, **absence, actor=Actor.system("intake"))
    with everything():
        (row,) = clocks(Asked(FEBRUARY, metric="first_response"), actor=DESK, now=LATER)
        wait = longest_waits([row], now=LATER.replace(month=2, hour=17))[row.pk]
    assert (wait.cause, wait.length) == (Cause("untaken", 1), 7.5 * HOUR)
    assert ticket.pk == row.ticket_id


def test_a_report_reaches_no_further_than_its_readers_right(world: World) -> None:
    answered_late(world)
    answered_late(world, requester=world.zoe)
    RoleGrant.objects.create(person=world.nadia, role=Role.MANAGER, organisation=world.rousseau)
    # As a technician she sees the tickets of all, as a manager the figures of one.
    with world.scope_of(world.nadia):
        found = report(Asked(FEBRUARY, metric="first_response"), actor=world.as_(world.nadia), now=LATER)
        assert found.whole.now == Tally(0, 1)
        (stay,) = stays(AskedStays(FEBRUARY), actor=world.as_(world.nadia), now=LATER)
    assert stay.organisation_id == world.rousseau.pk
    with world.scope_of(world.marc):
        assert (
            report(Asked(FEBRUARY, metric="first_response"), actor=world.as_(world.marc), now=LATER).whole.now.missed
            == 2
        )


def test_time_at_each_level_is_measured_with_handovers_and_returns(world: World) -> None:
    accepted_late(world)
    returned = answered_in_time(world, day=4)
    with at("10:00", 4):
        hand_over(returned, world)
    with at("11:00", 4):
        actions.send_back(returned, reason="Rien à voir avec le serveur.", actor=world.as_(world.benoit))
    with everything():
        lines = level_figures(AskedStays(FEBRUARY), actor=DESK, now=LATER)
    n1, n2 = (next(each for each in lines if each.is_whole and each.level == level) for level in (1, 2))
    assert (n1.stays, n1.escalated, n1.open, n1.handovers, n1.accept_median) == (3, 2, 1, 0, None)
    assert (n2.stays, n2.handovers, n2.unaccepted, n2.returned, n2.returned_percent) == (2, 2, 1, 1, 50)
    assert (n2.solved, n2.solved_percent, n2.accept_median, n2.in_hand_median) == (1, 50, 6 * HOUR, HOUR / 2)
    assert [(each.level, each.team_id) for each in lines if not each.is_whole] == [(1, world.n1.pk), (2, world.n2.pk)]


def test_the_number_of_queries_does_not_grow_with_tickets(world: World) -> None:
    def count() -> int:
        with everything(), CaptureQueriesContext(connection) as seen:
            report(Asked(FEBRUARY), actor=DESK, now=LATER)
            rows = clocks(Asked(FEBRUARY, outcome="missed"), actor=DESK, now=LATER)
            longest_waits(rows, now=LATER)
            level_figures(AskedStays(FEBRUARY), actor=DESK, now=LATER)
        return len(seen)

    accepted_late(world)
    count()
    few = count()
    for day in (4, 5, 6, 9):
        accepted_late(world, day=day)
    assert count() == few == 7
