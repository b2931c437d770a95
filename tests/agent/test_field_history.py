"""The history of every field: each change, by whom, for how long, whichever act brought it along."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from entraide.tickets import actions
from entraide.tickets.field_history import Change, history
from entraide.tickets.models import Ticket
from tests.api.caller import Caller
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def ticket(world: World) -> Ticket:
    with everything(), time_machine.travel(NINE, tick=False) as traveller:
        ticket = world.ticket(impact=1, urgency=2)
        traveller.shift(600)
        actions.take(ticket, actor=world.as_(world.nadia))
        traveller.shift(600)
        actions.set_priority(ticket, priority=1, reason="Direction", actor=world.as_(world.nadia))
        traveller.shift(600)
        actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
        traveller.shift(600)
        actions.accept(ticket, actor=world.as_(world.benoit))
    return ticket


def of(changes: list[Change], field: str) -> list[tuple[str, str, str, timedelta]]:
    return [(each.before_words, each.after_words, each.who, each.held) for each in changes if each.field == field]


def test_each_change_of_a_field_says_who_and_for_how_long(world: World, ticket: Ticket) -> None:
    with everything(), override("en"), time_machine.travel(NINE + timedelta(hours=1), tick=False):
        changes = history(ticket)
    minutes = lambda n: timedelta(minutes=n)  # noqa: E731
    nadia, benoit = world.nadia.name, world.benoit.name
    assert of(changes, "priority") == [("none", "P2", changes[0].who, minutes(20)), ("P2", "P1", nadia, minutes(40))]
    assert of(changes, "level") == [("none", "N1", changes[0].who, minutes(30)), ("N1", "N2", nadia, minutes(30))]
    assert of(changes, "assignee_id") == [
        ("nobody", nadia, nadia, minutes(20)), (nadia, "nobody", nadia, minutes(10)), ("nobody", benoit, benoit, minutes(20)),
    ]  # fmt: skip
    # What escalating brought along is a change of the team as well.
    assert of(changes, "team_id")[-1][1:3] == (str(world.n2), nadia)


def test_what_nobody_changed_is_not_in_the_history_and_a_closed_ticket_stops_counting(
    world: World, ticket: Ticket
) -> None:
    with everything(), time_machine.travel(NINE + timedelta(hours=1), tick=False) as traveller:
        actions.resolve(ticket, code="solved", text="x", actor=world.as_(world.benoit))
        actions.close(ticket, actor=world.as_(world.carla))
        traveller.shift(86400)
        changes = history(ticket)
    assert "site_id" not in {each.field for each in changes}
    assert of(changes, "status")[-1][3] == timedelta(0)
    assert of(changes, "priority")[-1][3] == timedelta(minutes=40)


def test_the_page_shows_the_changes_and_one_field_from_its_first_value(
    world: World, client: Client, ticket: Ticket
) -> None:
    client.force_login(world.nadia.account)
    english = {"accept-language": "en"}
    page = client.get(f"/desk/tickets/{ticket.number}/fields/history", headers=english).content.decode()
    newest_first = re.findall(r"<a [^>]*><b>([^<]+)</b></a>", page)
    assert newest_first[0] == "Assignee" and newest_first[-1] == "State" and newest_first.count("Assignee") == 3
    assert f'href="/desk/tickets/{ticket.number}/fields/history?field=priority"' in page
    one = client.get(
        f"/desk/tickets/{ticket.number}/fields/history?field=priority&view=mine", headers=english
    ).content.decode()
    assert len(re.findall(r'class="field-what"', one)) == 2
    assert re.search(r'field-was">P2</span>', one)
    assert f'id="to-ticket" href="/desk/tickets/{ticket.number}/?view=mine"' in one
    assert client.get(f"/desk/tickets/{ticket.number}/fields/history?field=nonsense").status_code == 200
    assert client.get("/desk/tickets/99999999999/fields/history").status_code == 404


def test_answers_to_a_form_and_followers_are_fields_as_well(world: World) -> None:
    with everything(), override("en"):
        ticket = world.ticket()
        actions.watch(ticket, person=world.benoit, actor=world.as_(world.nadia))
        changes = history(ticket)
    assert of(changes, "watcher_ids")[0][:2] == ("nobody", world.benoit.name)


def test_a_long_history_costs_no_query_per_change(world: World, client: Client, ticket: Ticket) -> None:
    client.force_login(world.nadia.account)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/desk/tickets/{ticket.number}/fields/history").status_code == 200
        return len(captured)

    queries()  # the first page of a sign-in notes where it is
    few = queries()
    with everything():
        for at in range(12):
            actions.assign(ticket, team=world.n2, assignee=[None, world.benoit][at % 2], actor=world.as_(world.carla))
    assert queries() == few


def test_a_program_reads_the_history_and_a_requester_nothing_of_it(world: World, ticket: Ticket) -> None:
    found: Any = Caller(world.nadia).get(f"/tickets/{ticket.number}/fields/history?field=priority").json()
    assert [(each["before"], each["after"], each["after_words"], each["entry"]) for each in found] == [
        (None, 2, "P2", 1), (2, 1, "P1", 3),
    ]  # fmt: skip
    assert found[1]["actor"] == {"id": world.nadia.pk, "name": world.nadia.name}
    assert Caller(world.alice).get(f"/tickets/{ticket.number}/fields/history").json() == []
