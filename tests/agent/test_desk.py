"""The list: views, filters, search, bulk, pages, and a number of queries that does not grow with the rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.force_login(world.nadia.account)
    return client


def shown(answer: Any) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="t(\d+)"', answer.content.decode())]


@time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
def test_each_view_shows_its_tickets(world: World, nadia: Client) -> None:
    with everything():
        fresh, mine, waiting, risky = (world.ticket(subject=name) for name in ("a", "b", "c", "d"))
        done = world.ticket(subject="e")
        actions.take(mine, actor=world.as_(world.nadia))
        actions.hold(waiting, reason="supplier", actor=world.as_(world.nils))
        actions.set_priority(risky, priority=1, reason="x", actor=world.as_(world.nils))
        actions.resolve(done, code="solved", text="x", actor=world.as_(world.nils))
    expected = {
        "mine": {mine}, "queue": {fresh, waiting, risky}, "answer": {fresh, mine, risky}, "risk": {risky},
        "waiting": {waiting}, "open": {fresh, mine, waiting, risky}, "resolved": {done},
        "all": {fresh, mine, waiting, risky, done},
    }  # fmt: skip
    for view, tickets in expected.items():
        assert set(shown(nadia.get(f"/desk/?view={view}"))) == {ticket.number for ticket in tickets}, view


def test_most_urgent_work_comes_first(world: World, nadia: Client) -> None:
    with everything():
        low = world.ticket(impact=3, urgency=3)
        high = world.ticket(impact=1, urgency=1)
    assert shown(nadia.get("/desk/?view=open")) == [high.number, low.number]


@pytest.mark.parametrize(
    "words", ["Wi-Fi", "wifi salle", "reunion", "réunions", "{number}", "ENT-{number}", "Zoé", "zoe@rousseau", "figée"]
)
def test_search_finds_numbers_words_and_people(world: World, nadia: Client, words: str) -> None:
    with everything():
        world.ticket(world.alice)
        ticket = world.ticket(
            world.zoe, subject="Le Wi-Fi (wifi) coupe", text="La visioconférence en salle de réunion est figée."
        )
    answer = nadia.get("/desk/", {"q": words.format(number=ticket.number)})
    assert shown(answer) == [ticket.number]


@time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False)
def test_what_falls_due_first_comes_first_and_the_reader_may_choose_another_order(world: World, nadia: Client) -> None:
    with everything():
        old = world.ticket(subject="a")
        paused = world.ticket(subject="b", impact=1, urgency=1)
        urgent = world.ticket(subject="c", impact=1, urgency=2)
        actions.reply(paused, text="Quel modèle ?", actor=world.as_(world.nils))
        actions.hold(paused, reason="requester", actor=world.as_(world.nils))
    assert shown(nadia.get("/desk/?view=open")) == [urgent.number, old.number, paused.number]
    assert shown(nadia.get("/desk/?view=open&sort=urgency")) == [paused.number, urgent.number, old.number]
    assert shown(nadia.get("/desk/?view=open&sort=nonsense")) == [urgent.number, old.number, paused.number]
    page = nadia.get("/desk/?view=open", headers={"accept-language": "en"}).content.decode()
    assert re.search(r'class="due due-far"[^>]*>in 1 h<', page)


def test_the_list_can_be_narrowed_to_what_is_missed_or_near(world: World, nadia: Client) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)), everything():
        p1, p3 = world.ticket(impact=1, urgency=1), world.ticket()
    with time_machine.travel(datetime(2026, 3, 2, 9, 10, tzinfo=UTC)):
        assert shown(nadia.get("/desk/?view=open&due=hour")) == [p1.number]
        assert shown(nadia.get("/desk/?view=open&due=late")) == []
        assert set(shown(nadia.get("/desk/?view=open&due=today"))) == {p1.number, p3.number}
    with time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC)):
        assert shown(nadia.get("/desk/?view=open&due=late")) == [p1.number]
        assert shown(nadia.get("/desk/?view=open&due=none")) == []


def test_filters_narrow_the_list_and_stand_in_the_address(world: World, nadia: Client) -> None:
    with everything():
        one, other = world.ticket(world.alice), world.ticket(world.zoe)
    assert shown(nadia.get(f"/desk/?organisation={world.rousseau.pk}")) == [other.number]
    assert set(shown(nadia.get("/desk/?priority=3&assignee=none&level=1"))) == {one.number, other.number}
    assert shown(nadia.get("/desk/?status=closed")) == []
    assert nadia.get("/desk/?organisation=x&level=99999999999999999999&after=%00").status_code == 200


def test_pages_go_on_where_the_last_one_ended(world: World, nadia: Client) -> None:
    with everything():
        numbers = {world.ticket().number for _ in range(53)}
    first = nadia.get("/desk/?view=open")
    following = re.search(r"after=([\w=-]+)\"", first.content.decode())
    assert following
    second = nadia.get(f"/desk/?view=open&after={following.group(1)}")
    assert len(shown(first)) == 50
    assert set(shown(first)) | set(shown(second)) == numbers
    assert not set(shown(first)) & set(shown(second))


@pytest.mark.parametrize("url", ["/desk/?view=open", "/desk/board/", "/organisation/", "/desk/directory/"])
def test_the_number_of_queries_does_not_grow_with_the_rows(world: World, client: Client, url: str) -> None:
    client.force_login(world.claire.account if url.startswith("/organisation") else world.carla.account)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    with everything():
        for _ in range(4):
            actions.take(world.ticket(), actor=world.as_(world.nadia))
    queries()
    few = queries()
    with everything():
        for number in range(25):
            ticket = world.ticket()
            actions.take(ticket, actor=world.as_(world.nadia if number % 2 else world.nils))
            world.add(world.helvetia, f"Person{number} Test")
    assert queries() <= few


def test_a_ticket_takes_as_many_queries_with_many_entries_as_with_few(world: World, nadia: Client) -> None:
    with everything():
        ticket = world.ticket()
        actions.take(ticket, actor=world.as_(world.nadia))
        actions.assign(ticket, team=world.n1, assignee=world.nils, actor=world.as_(world.nadia))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            nadia.get(f"/desk/tickets/{ticket.number}/")
        return len(caught)

    queries()
    few = queries()
    with everything():
        for number in range(20):
            actions.note(ticket, text="x", actor=world.as_(world.nils))
            actions.assign(
                ticket, team=world.n1, assignee=(world.nadia, world.nils)[number % 2], actor=world.as_(world.nadia)
            )
    assert queries() <= few


def test_a_row_alone_says_whether_a_ticket_belongs_in_the_list(world: World, nadia: Client) -> None:
    with everything():
        ticket = world.ticket()
    assert shown(nadia.get(f"/desk/rows/{ticket.number}?view=open")) == [ticket.number]
    assert nadia.get(f"/desk/rows/{ticket.number}?view=mine").status_code == 204


def test_the_board_assigns_by_drag_or_by_menu(world: World, client: Client) -> None:
    client.force_login(world.carla.account)
    with everything():
        ticket = world.ticket()
    answer = client.post(f"/desk/board/{ticket.number}/assignment", {"assignee": world.nils.pk})
    assert answer.status_code == 200
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).assignee_id == world.nils.pk
    refused = client.post(f"/desk/board/{ticket.number}/assignment", {"assignee": world.elena.pk})
    assert "escalade" in refused.content.decode()
