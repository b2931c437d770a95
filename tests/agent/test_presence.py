"""Who else is in a ticket: told to those who may see it, gone when silent, and no row too many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from entraide.people.models import Person
from entraide.tickets.models import Presence, Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db
TAB = "a-tab-of-somebody-"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 3, 2, 8, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def says(client: Client, person: Person, ticket: Ticket, doing: str = "looking", tab: str = "") -> Any:
    client.force_login(person.account)
    client.cookies["django_language"] = "en"
    tab = tab or f"{TAB}{person.pk}"
    return client.post(f"/desk/tickets/{ticket.number}/presence", {"tab": tab, "doing": doing})


def heard(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [each["says"] for each in answer.json()["there"]]


def test_a_colleague_who_writes_is_named_and_oneself_is_not(world: World, client: Client) -> None:
    ticket = world.ticket()
    assert heard(says(client, world.nadia, ticket, "reply")) == []
    assert heard(says(client, world.nils, ticket)) == ["Nadia Keller is writing an answer"]
    assert heard(says(client, world.nadia, ticket, "note")) == ["Nils Favre is looking at this ticket"]
    assert heard(says(client, world.nils, ticket)) == ["Nadia Keller is writing a note"]


def test_of_two_tabs_the_one_in_which_somebody_writes_counts(world: World, client: Client) -> None:
    ticket = world.ticket()
    says(client, world.nadia, ticket, "reply", tab="first-tab-of-nadia")
    says(client, world.nadia, ticket, "looking", tab="second-tab-of-nadia")
    assert heard(says(client, world.nils, ticket)) == ["Nadia Keller is writing an answer"]


def test_who_closes_the_tab_is_gone_at_once_and_who_dies_within_half_a_minute(
    world: World, client: Client, clock: Any
) -> None:
    ticket = world.ticket()
    says(client, world.nadia, ticket)
    says(client, world.benoit, ticket)
    assert says(client, world.nadia, ticket, "gone").status_code == 204
    assert heard(says(client, world.nils, ticket)) == ["Benoît Rey is looking at this ticket"]
    clock.shift(timedelta(seconds=26))
    assert heard(says(client, world.nils, ticket)) == []


def test_what_is_silent_for_long_leaves_no_row_behind(world: World, client: Client, clock: Any) -> None:
    ticket = world.ticket()
    for each in range(20):
        says(client, world.nadia, ticket, tab=f"reloaded-many-times-{each:02}")
    clock.shift(timedelta(minutes=5))
    says(client, world.nils, ticket)
    says(client, world.nils, ticket)
    with everything():
        assert Presence.objects.count() == 1


def test_nobody_speaks_for_another_persons_tab(world: World, client: Client) -> None:
    ticket = world.ticket()
    says(client, world.nadia, ticket, "reply", tab="nadias-very-own-tab")
    says(client, world.nils, ticket, "gone", tab="nadias-very-own-tab")
    says(client, world.nils, ticket, "looking", tab="nadias-very-own-tab")
    assert heard(says(client, world.benoit, ticket)) == ["Nadia Keller is writing an answer"]


def test_whoever_may_not_see_the_ticket_neither_hears_nor_is_there(world: World, client: Client) -> None:
    ticket = world.ticket()
    only_rousseau = world.add(world.lemanique, "Rita Roux", "technician", only_in=world.rousseau)
    for outsider in (world.alice, world.zoe, world.claire, world.adam, only_rousseau):
        assert says(client, outsider, ticket).status_code == 404
    with everything():
        assert Presence.objects.count() == 0


def test_nonsense_is_refused(world: World, client: Client) -> None:
    ticket = world.ticket()
    assert says(client, world.nadia, ticket, "dancing").status_code == 422
    assert says(client, world.nadia, ticket, tab="short").status_code == 422


def test_the_list_is_told_of_its_rows_in_as_many_queries_however_many(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    tickets = [world.ticket() for _each in range(4)]
    for each, person in zip(tickets, (world.benoit, world.elena, world.nils, world.carla), strict=True):
        says(client, person, each)
    hidden = world.ticket(world.zoe)
    says(client, world.carla, hidden, tab="another-tab-of-carla")
    client.force_login(world.nadia.account)
    asked = {"numbers": ",".join(str(each.number) for each in tickets) + ",x,99999999999"}
    client.get("/desk/presence", asked)
    with django_assert_max_num_queries(8):
        answer = client.get("/desk/presence", asked)
    assert [each["number"] for each in answer.json()["there"]] == [each.number for each in tickets]


def test_who_is_there_is_kept_in_a_table_without_a_log(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'tickets_presence'")
        assert cursor.fetchone() == ("u",)
