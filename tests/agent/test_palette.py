"""The command palette: what it finds for whom, and the one list behind the keys and their sheet."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from entraide.agent.commands import COMMANDS, GROUPS, commands_for
from entraide.people.models import Person
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def found(client: Client, world: World, person: Person, words: str) -> list[tuple[str, str]]:
    client.force_login(person.account)
    answer = client.get("/desk/palette", {"q": words})
    return [(each["kind"], each["name"]) for each in answer.json()["found"]]


def test_a_ticket_is_found_by_its_number_and_by_words(world: World, client: Client) -> None:
    ticket = world.ticket()
    assert found(client, world, world.nadia, str(ticket.number)) == [("ticket", "Imprimante en panne")]
    assert found(client, world, world.nadia, ticket.reference.lower()) == [("ticket", "Imprimante en panne")]
    assert ("ticket", "Imprimante en panne") in found(client, world, world.nadia, "imprim")


def test_people_organisations_and_teams_are_found_whatever_their_accents(world: World, client: Client) -> None:
    assert found(client, world, world.nadia, "zoe lamb") == [("person", "Zoé Lambert")]
    assert found(client, world, world.nadia, "zoe@rousseau") == [("person", "Zoé Lambert")]
    assert found(client, world, world.nadia, "fiduciaire") == [("organisation", "Helvetia Fiduciaire")]
    assert found(client, world, world.nadia, "systemes") == [("team", "Systèmes")]


def test_whoever_reads_no_tickets_finds_none(world: World, client: Client) -> None:
    world.ticket()
    assert found(client, world, world.adam, "imprimante") == []


def test_a_technician_of_one_client_finds_nothing_of_another(world: World, client: Client) -> None:
    world.ticket()
    only_rousseau = world.add(world.lemanique, "Rita Roux", "technician", only_in=world.rousseau)
    assert found(client, world, only_rousseau, "imprimante") == []
    assert found(client, world, only_rousseau, "helvetia") == []
    assert found(client, world, only_rousseau, "alice") == []


def test_one_letter_and_odd_characters_find_nothing_and_break_nothing(world: World, client: Client) -> None:
    assert found(client, world, world.nadia, "i") == []
    assert found(client, world, world.nadia, "\x00 %_'\"") == []


def test_the_number_of_queries_does_not_grow_with_what_is_found(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _each in range(5):
        world.ticket()
    client.force_login(world.nadia.account)
    client.get("/desk/palette", {"q": "imprimante"})
    # One of them asks whether a second factor is due: whoever signed in with one does without it.
    with django_assert_max_num_queries(10):
        client.get("/desk/palette", {"q": "imprimante"})


def page_data(client: Client) -> Any:
    text = client.get("/desk/directory/").content.decode()
    script = re.search(r'<script id="desk-commands" type="application/json">(.*?)</script>', text)
    assert script
    return json.loads(script.group(1)), text


def test_each_key_of_the_list_stands_in_the_sheet_and_no_other(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    data, text = page_data(client)
    sheet = text[text.index('<dialog id="keys"') : text.index('<script id="desk-commands"')]
    bound = [part for each in data["commands"] for key in each["keys"] for part in key.split("+")]
    shown = re.findall(r"<kbd>(.*?)</kbd>", sheet)
    assert sorted(bound) == sorted(shown)


def test_the_sheet_speaks_french(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    client.cookies["django_language"] = "fr"
    _data, text = page_data(client)
    assert "Escalader" in text and "Résoudre" in text


def test_no_key_does_two_things_and_every_group_is_known(world: World) -> None:
    keys = [key for each in COMMANDS for key in each.keys]
    assert len(keys) == len(set(keys))
    assert {each.group for each in COMMANDS} <= set(GROUPS)
    codes = [each.code for each in COMMANDS]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("who", "may", "may_not"),
    [
        ("nadia", "new", "settings-routing"),
        ("adam", "settings-routing", "view-mine"),
        ("marc", "report-levels", "rules"),
    ],
)
def test_only_places_that_one_may_enter_are_offered(world: World, rf: Any, who: str, may: str, may_not: str) -> None:
    request = rf.get("/")
    request.actor = world.as_(getattr(world, who))
    with translation.override("fr"), everything():
        codes = {each.code for each in commands_for(request)}
    assert may in codes and may_not not in codes
