"""Time spent: logged in a second, taken back without being forgotten, and nobody's but the desk's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.people.models import Person
from entraide.tickets import actions, timers
from entraide.tickets.models import Ticket, Timer, Work
from entraide.tickets.working import log_work, withdraw_work
from tests.world import World, everything

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(clock: Any, world: World) -> Ticket:
    return world.ticket()


def as_(client: Client, person: Person) -> Client:
    client.force_login(person.account)
    client.cookies["django_language"] = "en"
    return client


def log(client: Client, ticket: Ticket, **said: str) -> Any:
    return client.post(f"/desk/tickets/{ticket.number}/work", {"minutes": "25", **said})


def now_of(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def test_one_field_and_enter_log_the_time_of_today(world: World, client: Client, ticket: Ticket) -> None:
    assert log(as_(client, world.nadia), ticket, minutes="1 h 30", text="Toner changed").status_code == 302
    with everything():
        row = Work.objects.get()
        (entry,) = [each for each in ticket.timeline() if each.kind == "work_logged"]
    assert (row.minutes, row.day, row.activity, row.person_id) == (90, date(2026, 3, 2), "remote", world.nadia.pk)
    assert now_of(ticket).worked_minutes == 90
    assert not entry.is_public
    page = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "Time spent <span" in page and "1 h 30" in page and "Toner changed" in page


def test_a_day_and_a_kind_of_work_can_be_said_and_a_coordinator_logs_for_others(
    world: World, client: Client, ticket: Ticket
) -> None:
    said = {"day": "2026-02-27", "activity": "travel", "person": str(world.nils.pk)}
    assert log(as_(client, world.carla), ticket, **said).status_code == 302
    with everything():
        row = Work.objects.get()
    assert (row.day, row.activity, row.person_id) == (date(2026, 2, 27), "travel", world.nils.pk)


def test_who_went_on_site_logs_work_on_site_without_saying_it(world: World, ticket: Ticket) -> None:
    with everything():
        actions.edit(ticket, changes={"mode": "on_site"}, actor=world.as_(world.nadia))
        log_work(ticket, person=world.nadia, minutes=45, actor=world.as_(world.nadia))
        assert Work.objects.get().activity == "on_site"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"minutes": ""}, "Say how long it took"),
        ({"minutes": "a while"}, "is not a duration"),
        ({"minutes": "0"}, "is not a duration"),
        ({"minutes": "25 h"}, "from one minute to 24 hours"),
        ({"minutes": "2 j"}, "is not a duration"),
        ({"day": "2026-03-03"}, "once it is done"),
        ({"day": "2016-03-02"}, "is the year right?"),
        ({"day": "hier"}, "is not a day"),
        ({"activity": "golf"}, "Choose what kind of work it was."),
        ({"person": "999999"}, "Choose somebody of the desk."),
    ],
)
def test_what_makes_no_sense_is_said_and_what_was_typed_stays(
    world: World, client: Client, ticket: Ticket, said: dict[str, str], word: str
) -> None:
    answer = log(as_(client, world.carla), ticket, text="Toner changed", **said)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert 'value="Toner changed"' in answer.content.decode()
    assert now_of(ticket).worked_minutes == 0


def test_one_logs_ones_own_time_and_withdraws_ones_own(world: World, client: Client, ticket: Ticket) -> None:
    assert log(as_(client, world.nadia), ticket, person=str(world.nils.pk)).status_code == 403
    with everything():
        entry = log_work(ticket, person=world.nadia, minutes=25, actor=world.as_(world.nadia))
        with pytest.raises(NotAllowed):
            withdraw_work(ticket, entry_number=entry.number, actor=world.as_(world.nils))
        withdraw_work(ticket, entry_number=entry.number, reason="Other ticket", actor=world.as_(world.carla))
        with pytest.raises(Conflict):
            withdraw_work(ticket, entry_number=entry.number, actor=world.as_(world.nadia))
        with pytest.raises(Refused):
            withdraw_work(ticket, entry_number=1, actor=world.as_(world.nadia))
        assert [each.kind for each in ticket.timeline()][-1] == "work_withdrawn"
    assert now_of(ticket).worked_minutes == 0
    assert "25 min</span>" not in as_(client, world.nadia).get(f"/desk/tickets/{ticket.number}/").content.decode()


def test_a_form_that_arrives_twice_logs_once(world: World, client: Client, ticket: Ticket) -> None:
    for _time in range(2):
        assert log(as_(client, world.nadia), ticket, form="a-key-of-a-form-1234").status_code == 302
    assert now_of(ticket).worked_minutes == 25


def test_the_requester_sees_nothing_of_it(world: World, client: Client, ticket: Ticket) -> None:
    with everything():
        log_work(ticket, person=world.nadia, minutes=25, text="Toner changed", actor=world.as_(world.nadia))
    page = as_(client, world.alice).get(f"/tickets/{ticket.number}/").content.decode()
    assert "Imprimante" in page
    assert "25 min" not in page and "Toner changed" not in page
    assert log(client, ticket).status_code == 404
    assert client.post(f"/desk/tickets/{ticket.number}/timer", {"do": "start"}).status_code == 404


def test_a_moved_ticket_takes_its_time_along(world: World, ticket: Ticket) -> None:
    with everything():
        log_work(ticket, person=world.nadia, minutes=25, actor=world.as_(world.nadia))
        timers.start(ticket, person=world.nadia)
        actions.move(ticket, organisation=world.rousseau, requester=world.zoe, actor=world.as_(world.carla))
        assert Work.objects.get().organisation_id == Timer.objects.get().organisation_id == world.rousseau.pk


def test_the_timer_counts_rests_and_fills_the_field(world: World, client: Client, ticket: Ticket, clock: Any) -> None:
    nadia = as_(client, world.nadia)
    address = f"/desk/tickets/{ticket.number}/timer"
    assert nadia.post(address, {"do": "start"}).url.endswith(f"/desk/tickets/{ticket.number}/#work")
    clock.shift(timedelta(minutes=10))
    nadia.post(address, {"do": "pause"})
    clock.shift(timedelta(hours=2))
    nadia.post(address, {"do": "start"})
    clock.shift(timedelta(minutes=2, seconds=5))
    panel = nadia.post(address, {"do": "pause"}, headers={"HX-Request": "true"}).content.decode()
    assert 'data-seconds="725"' in panel and 'value="13 min"' in panel, "each minute begun counts"
    assert panel.lstrip().startswith('<section class="facts work"')
    assert log(nadia, ticket, minutes="13 min").status_code == 302
    with everything():
        assert Work.objects.get().minutes == 13 and not Timer.objects.exists()


def test_a_timer_on_another_ticket_lets_the_first_one_rest(
    world: World, client: Client, ticket: Ticket, clock: Any
) -> None:
    other = world.ticket(world.zoe, subject="Écran noir")
    nadia = as_(client, world.nadia)
    nadia.post(f"/desk/tickets/{ticket.number}/timer", {"do": "start"})
    clock.shift(timedelta(minutes=4))
    nadia.post(f"/desk/tickets/{other.number}/timer", {"do": "start"})
    with everything():
        rests, runs = timers.timer_on(ticket, person_id=world.nadia.pk), timers.running_timer(world.nadia.pk)
    assert rests is not None and (rests.seconds, rests.running_since) == (240, None)
    assert runs is not None and runs.ticket_id == other.pk
    assert f'href="/desk/tickets/{other.number}/#work"' in nadia.get("/desk/directory/teams/").content.decode()


def test_a_timer_forgotten_over_night_is_not_believed(world: World, client: Client, ticket: Ticket, clock: Any) -> None:
    nadia = as_(client, world.nadia)
    nadia.post(f"/desk/tickets/{ticket.number}/timer", {"do": "start"})
    clock.shift(timedelta(hours=15))
    page = nadia.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "more than eight hours" in page and 'value="15 h"' not in page


def test_what_a_timer_is_told_makes_sense_or_is_refused(world: World, client: Client, ticket: Ticket) -> None:
    nadia = as_(client, world.nadia)
    assert nadia.post(f"/desk/tickets/{ticket.number}/timer", {"do": "dance"}).status_code == 422
    assert nadia.post("/desk/tickets/999999/timer", {"do": "start"}).status_code == 404
    nadia.post(f"/desk/tickets/{ticket.number}/timer", {"do": "start"})
    nadia.post(f"/desk/tickets/{ticket.number}/timer", {"do": "drop"})
    with everything():
        assert not Timer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_start_at_once_leave_one_timer_running(world: World) -> None:
    tickets = [world.ticket(), world.ticket(world.zoe)]
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def press(ticket: Ticket) -> None:
        try:
            with everything():
                barrier.wait()
                timers.start(ticket, person=world.nadia)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(each,)) for each in tickets]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    with everything():
        assert Timer.objects.filter(running_since__isnull=False).count() == 1
