"""What is offered while one types into the search field, and the help beside it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from entraide.core.scope import scoped
from entraide.people.acting import scope_for
from entraide.people.models import RoleGrant
from entraide.people.rights import Role
from entraide.tickets.asked import read
from entraide.tickets.asked_completing import complete
from entraide.tickets.asked_operators import OPERATORS
from entraide.tickets.asked_words import EXAMPLES, MEANINGS
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def offered(world: World, text: str, person: Any = None) -> list[str]:
    """Return what the field would read after each completion."""
    person = person or world.nadia
    with scoped(scope_for(person)):
        return [text[: each.start] + each.text for each in complete(text, actor=world.as_(person))]


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("cli", "organisation:"), ("wifi -sta", "wifi -état:"), ("team", "équipe:"),
        ("est:non", "est:non-assigné "), ("is:wait", None), ("est:", "est:ouvert "), ("p:1,", "p:1,P1 "),
        ("client:helv", 'client:"Helvetia Fiduciaire" '), ("de:ali", 'de:"Alice Martin" '), ("assigné:nad", 'assigné:"Nadia Keller" '),
        ("assigné:", "assigné:moi "), ('client:"atelier r', 'client:"Atelier Rousseau" '), ("tag:vp", "tag:vpn "),
        ("échéance:<", "échéance:<2h "), ("type:dem", "type:Demande "),
        ('"objet cli', None), ("imprimante", None), ("c", None), ("http://cli", None), ("objet:cli", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_being_typed_is_completed(world: World, typed: str, becomes: str | None) -> None:
    with everything():
        world.ticket(tags=("vpn",))
    found = offered(world, typed)
    assert becomes in found if becomes else found == []


def test_what_is_offered_is_read(world: World) -> None:
    for name in OPERATORS:
        for text in offered(world, f"{name}:"):
            asked = read(text)
            assert asked.mistakes == (), text
            assert len(asked.groups) == 1, text


def test_each_operator_has_a_meaning_and_examples_that_are_read_as_it(world: World) -> None:
    assert set(MEANINGS) == set(EXAMPLES) == set(OPERATORS)
    for name, examples in EXAMPLES.items():
        for text in examples:
            asked = read(text)
            assert asked.mistakes == () and asked.groups[0][0].operator == name, text  # type: ignore[union-attr]


def test_names_of_another_organisation_are_not_offered(world: World) -> None:
    with everything():
        RoleGrant.objects.filter(person=world.nils).delete()
        RoleGrant.objects.create(person=world.nils, role=Role.TECHNICIAN, organisation=world.rousseau)
        world.ticket(world.alice, tags=("salaires",))
    assert offered(world, "client:helv", world.nils) == []
    assert offered(world, "de:ali", world.nils) == []
    assert offered(world, "tag:sal", world.nils) == []
    assert offered(world, "client:rous", world.nils) == ['client:"Atelier Rousseau" ']


def test_completions_are_for_those_who_read_tickets_and_never_kept(world: World, client: Client) -> None:
    client.force_login(world.nadia.account)
    answer = client.get("/desk/search/completions", {"q": "client:helv\x00"})
    assert [each["name"] for each in answer.json()["found"]] == ["Helvetia Fiduciaire"]
    assert answer["Cache-Control"] == "no-store"
    assert 'data-insert="est:"' in client.get("/desk/").content.decode()
    for person in (world.adam, world.alice):
        client.force_login(person.account)
        assert client.get("/desk/search/completions", {"q": "client:helv"}).status_code == 404
